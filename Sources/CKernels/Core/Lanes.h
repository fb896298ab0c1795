// The 16-lane vector that every kernel is written in. The compiler splits it into what the
// instruction set has: one zmm, two ymm, four xmm.
#pragma once
#include <string.h>

#include "CKernels.h"

typedef float lanes __attribute__((vector_size(64)));
typedef int32_t lane_flags __attribute__((vector_size(64)));
typedef uint32_t lane_words __attribute__((vector_size(64)));
#define INLINE static inline __attribute__((always_inline))
#define FMA __builtin_elementwise_fma
#define SHUFFLE __builtin_shufflevector
#ifndef UNROLL
#define UNROLL _Pragma("clang loop unroll(full)")
#endif

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

// The rest of an array that does not fill a vector: computed in one all the same, so that no
// element's arithmetic depends on its place.
INLINE lanes load_first(const float *from, size_t count) {
  lanes value = broadcast(0);
  memcpy(&value, from, count * sizeof(float));
  return value;
}
INLINE void store_first(float *to, lanes value, size_t count) {
  if (count == relief_lanes)
    store_unaligned(to, value);
  else
    memcpy(to, &value, count * sizeof(float));
}

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

// Sixteen rows of sixteen become sixteen columns.
INLINE void transpose(lanes row[16]) {
  UNROLL for (int step = 8; step >= 1; step /= 2)
    UNROLL for (int n = 0; n < 16; n++) {
      if (n & step) continue;
      lanes a = row[n], b = row[n + step];
      switch (step) {
        case 8:
          row[n] = SHUFFLE(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
          row[n + 8] = SHUFFLE(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
          break;
        case 4:
          row[n] = SHUFFLE(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
          row[n + 4] = SHUFFLE(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
          break;
        case 2:
          row[n] = SHUFFLE(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
          row[n + 2] = SHUFFLE(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
          break;
        default:
          row[n] = SHUFFLE(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
          row[n + 1] = SHUFFLE(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
      }
    }
}
