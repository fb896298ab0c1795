#include "CSignals.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

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

static char last_words[256];
static size_t last_words_length;
static int last_code;

static void end(int signal) {
  (void)signal;
  // Nothing is left to do about words that cannot be said.
  ssize_t written = write(STDERR_FILENO, last_words, last_words_length);
  (void)written;
  _exit(last_code);
}

int relief_deadline_set(double seconds, int code, const char *message) {
  struct itimerval timer = {{0, 0}, {0, 0}};
  // The old one is called off before its words change.
  if (setitimer(ITIMER_REAL, &timer, NULL) != 0) return -1;
  if (seconds <= 0) return 0;
  snprintf(last_words, sizeof last_words, "%s", message);
  last_words_length = strlen(last_words);
  last_code = code;
  if (listen(SIGALRM, end, 0) != 0) return -1;
  timer.it_value.tv_sec = (time_t)seconds;
  timer.it_value.tv_usec = (suseconds_t)((seconds - (double)timer.it_value.tv_sec) * 1e6);
  return setitimer(ITIMER_REAL, &timer, NULL);
}
