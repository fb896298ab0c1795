// The most multiply-adds that a core does.
#pragma once
#include "Lanes.h"

// Enough independent chains to hide the latency of a multiply-add, few enough to stay in registers.
static double multiply_add_rounds(size_t iterations) {
  lanes sum[PEAK_CHAINS];
  for (int c = 0; c < PEAK_CHAINS; c++) sum[c] = broadcast((float)c);
  const lanes factor = broadcast(0.999f), step = broadcast(0.1f);
  for (size_t n = 0; n < iterations; n++) {
    for (int c = 0; c < PEAK_CHAINS; c++) sum[c] = FMA(sum[c], factor, step);
    __asm__ volatile("" ::: "memory");
  }
  for (int c = 1; c < PEAK_CHAINS; c++) sum[0] += sum[c];
  volatile float sink = fold(sum[0]);
  (void)sink;
  return 2.0 * relief_lanes * PEAK_CHAINS * (double)iterations;
}
