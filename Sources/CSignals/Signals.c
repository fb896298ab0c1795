#include "CSignals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop, checkpoint;

static void ask_for_stop(int signal) {
  (void)signal;
  stop = 1;
}

// When each signal came first, in milliseconds on a clock that never goes back; 0 for not yet.
static _Atomic int64_t first_time[NSIG];

// A launcher or service manager may tell a process twice: by its number, and by its group's.
enum { same_moment_milliseconds = 200 };

static void ask_for_stop_or_end(int signal) {
  stop = 1;
  struct timespec clock;
  clock_gettime(CLOCK_MONOTONIC, &clock);
  int64_t now = (int64_t)clock.tv_sec * 1000 + clock.tv_nsec / 1000000, first = 0;
  if (atomic_compare_exchange_strong(&first_time[signal], &first, now)) return;
  if (now - first <= same_moment_milliseconds) return;
  // It is blocked until this handler returns, and then ends the process.
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigaction(signal, &action, NULL);
  raise(signal);
}

static void ask_for_checkpoint(int signal) {
  (void)signal;
  checkpoint = 1;
}

static int listen(int signal, void (*handler)(int)) {
  // Calls that were under way are restarted: no library has to know of EINTR.
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  return sigaction(signal, &action, NULL);
}

int relief_signals_listen(void) {
  struct sigaction hangup;
  if (sigaction(SIGHUP, NULL, &hangup) != 0) return -1;
  // nohup has it ignored.
  if (hangup.sa_handler != SIG_IGN && listen(SIGHUP, ask_for_stop) != 0) return -1;
  if (listen(SIGUSR1, ask_for_checkpoint) != 0 || listen(SIGUSR2, ask_for_stop) != 0) return -1;
  return listen(SIGTERM, ask_for_stop_or_end) != 0 ||
                 listen(SIGINT, ask_for_stop_or_end) != 0
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
  if (listen(SIGALRM, end) != 0) return -1;
  timer.it_value.tv_sec = (time_t)seconds;
  timer.it_value.tv_usec = (suseconds_t)((seconds - (double)timer.it_value.tv_sec) * 1e6);
  return setitimer(ITIMER_REAL, &timer, NULL);
}
