// What an optimizer's pass sums up besides stepping: the words that it reads and writes, and
// whether all it meets is finite.
#pragma once
#include "Words.h"

typedef struct {
  lane_words read[3], written[3];
  // 0 as long as everything that was put in is finite: 0 · x is NaN of all other x.
  lanes flaw;
} step_lanes;

INLINE void count_step(step_lanes *sums, lanes gradient, lanes parameter) {
  sums->flaw = FMA(gradient, broadcast(0), FMA(parameter, broadcast(0), sums->flaw));
}

INLINE relief_step_sums fold_step(const step_lanes *sums) {
  relief_step_sums folded = {.finite = fold(sums->flaw) == 0};
  for (int buffer = 0; buffer < 3; buffer++) {
    folded.read[buffer] = fold_words(sums->read[buffer]);
    folded.written[buffer] = fold_words(sums->written[buffer]);
  }
  return folded;
}
