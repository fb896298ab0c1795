#include "CSignals.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t stop, checkpoint;

static void ask_for_stop(int signal) {
  (void)signal;
  stop = 1;
}

static void ask_for_checkpoint(int signal) {
  (void)signal;
  checkpoint = 1;
}

static int listen(int signal, void (*handler)(int), int flags) {
  // Calls that were under way are restarted: no library has to know of EINTR.
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | flags};
  sigemptyset(&action.sa_mask);
  return sigaction(signal, &action, NULL);
}

int relief_signals_listen(void) {
  if (listen(SIGUSR1, ask_for_checkpoint, 0) != 0 || listen(SIGUSR2, ask_for_stop, 0) != 0) return -1;
  return listen(SIGTERM, ask_for_stop, SA_RESETHAND) != 0 ||
                 listen(SIGINT, ask_for_stop, SA_RESETHAND) != 0
             ? -1
             : 0;
}

bool relief_signals_stop(void) { return stop != 0; }

bool relief_signals_take_checkpoint(void) {
  if (!checkpoint) return false;
  checkpoint = 0;
  return true;
}
