// Stochastic gradient descent with momentum, Nesterov's or not, and weight decay, in PyTorch's
// meaning.
#pragma once
#include "../Core/StepSums.h"

INLINE lanes sgd_lanes(lanes p, lanes *velocity, lanes g, const relief_sgd *s) {
  g = FMA(broadcast(s->weight_decay), p, g);
  *velocity = s->first ? g : FMA(broadcast(s->momentum), *velocity, g);
  const lanes step = s->nesterov ? FMA(broadcast(s->momentum), *velocity, g) : *velocity;
  return FMA(broadcast(-s->learning_rate), step, p);
}

INLINE lanes sgd_counted(lanes p, lanes *velocity, lanes g, const relief_sgd *s, step_lanes *sums) {
  sums->read[0] += (lane_words)p;
  sums->read[1] += (lane_words)*velocity;
  p = sgd_lanes(p, velocity, g, s);
  sums->written[0] += (lane_words)p;
  sums->written[1] += (lane_words)*velocity;
  count_step(sums, g, p);
  return p;
}

static relief_step_sums sgd(float *parameter, float *velocity, const float *gradient, size_t count,
                            relief_sgd settings) {
  step_lanes sums = {0};
  size_t k = 0;
  for (; k + relief_lanes <= count; k += relief_lanes) {
    lanes v = load_unaligned(velocity + k);
    store_unaligned(parameter + k, sgd_counted(load_unaligned(parameter + k), &v,
                                               load_unaligned(gradient + k), &settings, &sums));
    store_unaligned(velocity + k, v);
  }
  if (k < count) {
    size_t rest = count - k;
    lanes v = load_first(velocity + k, rest);
    lanes p = sgd_counted(load_first(parameter + k, rest), &v, load_first(gradient + k, rest),
                          &settings, &sums);
    store_first(parameter + k, p, rest);
    store_first(velocity + k, v, rest);
  }
  return fold_step(&sums);
}
