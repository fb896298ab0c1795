#define _GNU_SOURCE
#include "CMemory.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static char speaker[256], phase[64];
static int turn;

void relief_memory_introduce(const char *name, int order) {
  snprintf(speaker, sizeof speaker, "%s", name);
  turn = order;
}

void relief_memory_during(const char *name) {
  // Threads that play ranks side by side tell at the same time.
  static atomic_flag is_written = ATOMIC_FLAG_INIT;
  while (atomic_flag_test_and_set(&is_written)) continue;
  snprintf(phase, sizeof phase, "%s", name);
  atomic_flag_clear(&is_written);
}

static void leave(int signal) {
  (void)signal;
  _exit(relief_memory_code);
}

// Waits until ranks before this one would have ended the job: mpirun takes a second to notice, and
// then sends the others a signal, which any of a rank's threads may get.
static void await_turn(void) {
  if (turn == 0) return;
  signal(SIGTERM, leave);
  struct timespec time = {2 * (turn < 4 ? turn : 4), 0};
  while (nanosleep(&time, &time) != 0) continue;
}

static size_t limit(void) {
  size_t least = SIZE_MAX;
  for (int index = 0; index < 2; index++) {
    struct rlimit limit;
    if (getrlimit(index ? RLIMIT_DATA : RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) continue;
    if (limit.rlim_cur < least) least = limit.rlim_cur;
  }
  return least;
}

void relief_memory_refused(size_t bytes, const char *use) {
  static atomic_flag is_said = ATOMIC_FLAG_INIT;
  while (atomic_flag_test_and_set(&is_said)) pause();
  char words[1024], most[80] = "", threads[64] = "";
  if (limit() != SIZE_MAX)
    snprintf(most, sizeof most, " (ulimit lets it have %zu in all)", limit());
  // A library that starts a thread for each core takes over 100 MB for every one of them.
  if (getenv("OPENBLAS_NUM_THREADS") == NULL)
    snprintf(threads, sizeof threads, "set OPENBLAS_NUM_THREADS=1, ");
  int length = snprintf(
      words, sizeof words,
      "relief-dist: error: %s%sno memory for %zu bytes%s%s%s%s%s; %sallow it more, start fewer ranks on "
      "the machine or lower training.batch (relief-dist plan tells what a rank takes)\n",
      speaker, speaker[0] ? ": " : "", bytes, use[0] ? " of " : "", use, phase[0] ? ", phase " : "",
      phase, most, threads);
  if (length > (int)sizeof words - 1) length = (int)sizeof words - 1;
  await_turn();
  // Nothing is left to do about words that cannot be said.
  ssize_t written = write(STDERR_FILENO, words, (size_t)length);
  (void)written;
  _exit(relief_memory_code);
}

// The program's own malloc and its kin, which take the place of the C library's for all libraries:
// what they refuse would end in a trap of Swift's runtime, or in a library that tries for ever. A
// sanitizer has its own; a program that counts allocations puts others in their place.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define REPLACEABLE __attribute__((weak))

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static void *given(void *memory, size_t bytes) {
  if (memory == NULL && bytes > 0) relief_memory_refused(bytes, "");
  return memory;
}

REPLACEABLE void *malloc(size_t bytes) { return given(__libc_malloc(bytes), bytes); }

REPLACEABLE void *calloc(size_t number, size_t size) {
  size_t bytes = 0;
  if (__builtin_mul_overflow(number, size, &bytes)) bytes = SIZE_MAX;
  return given(__libc_calloc(number, size), bytes);
}

REPLACEABLE void *realloc(void *old, size_t bytes) { return given(__libc_realloc(old, bytes), bytes); }

REPLACEABLE void *memalign(size_t alignment, size_t bytes) {
  return given(__libc_memalign(alignment, bytes), bytes);
}

REPLACEABLE void *aligned_alloc(size_t alignment, size_t bytes) {
  return given(__libc_memalign(alignment, bytes), bytes);
}

REPLACEABLE int posix_memalign(void **memory, size_t alignment, size_t bytes) {
  *memory = given(__libc_memalign(alignment, bytes), bytes);
  return 0;
}
#endif
