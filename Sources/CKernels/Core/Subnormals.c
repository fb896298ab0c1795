#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

bool relief_flush_subnormals(void) {
  enum { flush_to_zero = 1 << 15, denormals_are_zero = 1 << 6 };
  _mm_setcsr(_mm_getcsr() | flush_to_zero | denormals_are_zero);
  return true;
}
#elif defined(__aarch64__)
bool relief_flush_subnormals(void) {
  uint64_t control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  __asm__ volatile("msr fpcr, %0" ::"r"(control | (1ull << 24)));
  return true;
}
#else
bool relief_flush_subnormals(void) { return false; }
#endif
