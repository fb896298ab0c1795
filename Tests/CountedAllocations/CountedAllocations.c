// The program's own malloc and its kin, which take the place of the C library's for all libraries.
// A sanitizer has its own, and counts nothing.
#define _GNU_SOURCE
#include "CountedAllocations.h"

#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

enum { most_ranges = 64, depth = 32 };
static struct { uintptr_t start, end; } ranges[most_ranges];
static int range_count;
static __thread bool is_counting;
static __thread long count;
static __thread void *first[depth];
static __thread int first_depth;

static int add_range(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size, (void)data;
  bool counts = info->dlpi_name[0] == '\0' || strstr(info->dlpi_name, "/libswift") ||
                strstr(info->dlpi_name, "Foundation");
  for (int index = 0; counts && index < info->dlpi_phnum && range_count < most_ranges; index++) {
    if (info->dlpi_phdr[index].p_type != PT_LOAD) continue;
    uintptr_t start = info->dlpi_addr + info->dlpi_phdr[index].p_vaddr;
    ranges[range_count].start = start;
    ranges[range_count++].end = start + info->dlpi_phdr[index].p_memsz;
  }
  return 0;
}

static void note(void *caller) {
  if (!is_counting) return;
  for (int index = 0; index < range_count; index++) {
    if ((uintptr_t)caller < ranges[index].start || (uintptr_t)caller >= ranges[index].end) continue;
    // What unwinding the stack allocates does not count.
    is_counting = false;
    if (count++ == 0) first_depth = backtrace(first, depth);
    is_counting = true;
    return;
  }
}

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define CALLER __builtin_return_address(0)

void *malloc(size_t size) { note(CALLER); return __libc_malloc(size); }
void *calloc(size_t number, size_t size) { note(CALLER); return __libc_calloc(number, size); }
void *realloc(void *old, size_t size) { note(CALLER); return __libc_realloc(old, size); }
void *memalign(size_t alignment, size_t size) { note(CALLER); return __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) {
  note(CALLER);
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **memory, size_t alignment, size_t size) {
  note(CALLER);
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}
#endif

void counted_allocations_start(void) {
  if (range_count == 0) dl_iterate_phdr(add_range, NULL);
  count = 0;
  is_counting = true;
}

long counted_allocations_stop(void) {
  is_counting = false;
  return count;
}

void counted_allocations_show(int file) { backtrace_symbols_fd(first, first_depth, file); }
