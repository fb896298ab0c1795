// The 16-lane vector that every kernel is written in. The compiler splits it into what the
// instruction set has: one zmm, two ymm, four xmm.
#pragma once
#include <string.h>

#include "CKernels.h"

typedef float lanes __attribute__((vector_size(64)));
typedef int32_t lane_flags __attribute__((vector_size(64)));
#define INLINE static inline __attribute__((always_inline))
#define FMA __builtin_elementwise_fma
#define SHUFFLE __builtin_shufflevector

INLINE lanes broadcast(float value) {
  return (lanes){value, value, value, value, value, value, value, value,
                 value, value, value, value, value, value, value, value};
}

INLINE lanes load(const float *address) { return *(const lanes *)address; }
INLINE void store(float *address, lanes value) { *(lanes *)address = value; }

INLINE lanes load_unaligned(const float *address) {
  lanes value;
  memcpy(&value, address, sizeof value);
  return value;
}

INLINE void store_unaligned(float *address, lanes value) { memcpy(address, &value, sizeof value); }

INLINE lanes select_lanes(lane_flags flags, lanes yes, lanes no) {
  return (lanes)((flags & (lane_flags)yes) | (~flags & (lane_flags)no));
}

// Folding: each step adds the halves of two vectors at once, so that four steps turn sixteen
// vectors into one whose lane n is the fold (+8, +4, +2, +1) of vector n.
INLINE lanes fold8(lanes a, lanes b) {
  return SHUFFLE(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31) +
         SHUFFLE(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
}
INLINE lanes fold4(lanes a, lanes b) {
  return SHUFFLE(a, b, 0, 1, 2, 3, 20, 21, 22, 23, 8, 9, 10, 11, 28, 29, 30, 31) +
         SHUFFLE(a, b, 4, 5, 6, 7, 16, 17, 18, 19, 12, 13, 14, 15, 24, 25, 26, 27);
}
INLINE lanes fold2(lanes a, lanes b) {
  return SHUFFLE(a, b, 0, 1, 18, 19, 4, 5, 22, 23, 8, 9, 26, 27, 12, 13, 30, 31) +
         SHUFFLE(a, b, 2, 3, 16, 17, 6, 7, 20, 21, 10, 11, 24, 25, 14, 15, 28, 29);
}
INLINE lanes fold1(lanes a, lanes b) {
  return SHUFFLE(a, b, 0, 17, 2, 19, 4, 21, 6, 23, 8, 25, 10, 27, 12, 29, 14, 31) +
         SHUFFLE(a, b, 1, 16, 3, 18, 5, 20, 7, 22, 9, 24, 11, 26, 13, 28, 15, 30);
}
// The folds of `product(0)` … `product(15)`; a macro, so that no product is formed before its turn.
#define FOLD_QUARTER(product, n) \
  fold4(fold8(product(n), product(n + 8)), fold8(product(n + 4), product(n + 12)))
#define FOLD_SIXTEEN(product)                                       \
  fold1(fold2(FOLD_QUARTER(product, 0), FOLD_QUARTER(product, 2)), \
        fold2(FOLD_QUARTER(product, 1), FOLD_QUARTER(product, 3)))

INLINE float fold(lanes a) {
  a += SHUFFLE(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  a += SHUFFLE(a, a, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  a += SHUFFLE(a, a, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  a += SHUFFLE(a, a, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  return a[0];
}

// All ones in the first `used` lanes.
INLINE lane_flags first_lanes(size_t used) {
  const lane_flags index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return index < (int32_t)used;
}
