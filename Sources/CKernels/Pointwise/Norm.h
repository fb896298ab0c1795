// The Euclidean norm of a gradient, and its scaling.
#pragma once
#include "../Core/Lanes.h"

typedef double wide_lanes __attribute__((vector_size(128)));

// Σ x² in double precision, where a square of a float is exact; lane by lane, then folded.
static double square_sum(const float *x, size_t count) {
  wide_lanes sum = {0};
  for (size_t k = 0; k < count; k += relief_lanes) {
    const lanes value =
        count - k < relief_lanes ? load_first(x + k, count - k) : load_unaligned(x + k);
    const wide_lanes wide = __builtin_convertvector(value, wide_lanes);
    sum += wide * wide;
  }
  for (int half = relief_lanes / 2; half; half /= 2)
    for (int lane = 0; lane < half; lane++) sum[lane] += sum[lane + half];
  return sum[0];
}

static void scale(float *x, size_t count, float factor) {
  for (size_t k = 0; k < count; k += relief_lanes) {
    const size_t rest = count - k < relief_lanes ? count - k : relief_lanes;
    const lanes value = rest < relief_lanes ? load_first(x + k, rest) : load_unaligned(x + k);
    store_first(x + k, value * factor, rest);
  }
}
