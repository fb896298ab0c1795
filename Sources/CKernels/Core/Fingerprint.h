// Sums over words that tell whether memory is as it was.
#pragma once
#include "Words.h"

static uint32_t word_sum(const void *words, size_t count) {
  const float *word = words;
  lane_words sum = {0};
  size_t k = 0;
  for (; k + relief_lanes <= count; k += relief_lanes) sum += (lane_words)load_unaligned(word + k);
  if (k < count) sum += (lane_words)load_first(word + k, count - k);
  return fold_words(sum);
}

// Half of a vector's words, as numbers with room to add up.
typedef uint64_t wide_words __attribute__((vector_size(64)));
typedef uint32_t half_words __attribute__((vector_size(32)));

// The running sums of sums give row r of n the factor n - r, by additions alone; lanes then get
// factors of their own, 32 (n - r) + 2 lane + 1.
typedef struct {
  wide_words sum[2], sum_of_sums[2];
} row_sums;

INLINE void add_row(row_sums *sums, lane_words row) {
  half_words half[2];
  memcpy(half, &row, sizeof half);
  for (int side = 0; side < 2; side++) {
    sums->sum[side] += __builtin_convertvector(half[side], wide_words);
    sums->sum_of_sums[side] += sums->sum[side];
  }
}

static uint64_t fingerprint(const void *words, size_t count) {
  const float *word = words;
  row_sums sums = {0};
  size_t k = 0;
  for (; k + relief_lanes <= count; k += relief_lanes)
    add_row(&sums, (lane_words)load_unaligned(word + k));
  if (k < count) add_row(&sums, (lane_words)load_first(word + k, count - k));
  uint64_t total = 0;
  for (uint64_t lane = 0; lane < relief_lanes; lane++) {
    const size_t side = lane / 8, place = lane % 8;
    total += 32 * sums.sum_of_sums[side][place] + (2 * lane + 1) * sums.sum[side][place];
  }
  return total;
}
