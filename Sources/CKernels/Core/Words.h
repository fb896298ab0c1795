// Words of memory, whatever they mean.
#pragma once
#include "Lanes.h"

// Integers add up to the same in any order, so the sums need no order of their own.
INLINE uint32_t fold_words(lane_words a) {
  uint32_t sum = 0;
  for (size_t lane = 0; lane < relief_lanes; lane++) sum += a[lane];
  return sum;
}
