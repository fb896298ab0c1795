// Adam (Kingma, Ba: "Adam: a method for stochastic optimization", ICLR 2015), with PyTorch's weight
// decay, L2 or decoupled.
#pragma once
#include "../Core/StepSums.h"

INLINE lanes adam_lanes(lanes p, lanes *m, lanes *v, lanes g, const relief_adam *s) {
  p *= broadcast(s->rest);
  g = FMA(broadcast(s->weight_decay), p, g);
  *m = FMA(broadcast(s->beta1_rest), g - *m, *m);
  *v = FMA(g * broadcast(s->beta2_rest), g, *v * broadcast(s->beta2));
  lanes root = __builtin_elementwise_sqrt(*v) / broadcast(s->correction2_root);
  return FMA(broadcast(-s->step_size), *m / (root + broadcast(s->epsilon)), p);
}

INLINE lanes adam_counted(lanes p, lanes *m, lanes *v, lanes g, const relief_adam *s,
                          step_lanes *sums) {
  sums->read[0] += (lane_words)p;
  sums->read[1] += (lane_words)*m;
  sums->read[2] += (lane_words)*v;
  p = adam_lanes(p, m, v, g, s);
  sums->written[0] += (lane_words)p;
  sums->written[1] += (lane_words)*m;
  sums->written[2] += (lane_words)*v;
  count_step(sums, g, p);
  return p;
}

static relief_step_sums adam(float *parameter, float *first, float *second, const float *gradient,
                             size_t count, relief_adam settings) {
  step_lanes sums = {0};
  size_t k = 0;
  for (; k + relief_lanes <= count; k += relief_lanes) {
    lanes m = load_unaligned(first + k), v = load_unaligned(second + k);
    store_unaligned(parameter + k, adam_counted(load_unaligned(parameter + k), &m, &v,
                                                load_unaligned(gradient + k), &settings, &sums));
    store_unaligned(first + k, m);
    store_unaligned(second + k, v);
  }
  if (k < count) {
    size_t rest = count - k;
    lanes m = load_first(first + k, rest), v = load_first(second + k, rest);
    lanes p = adam_counted(load_first(parameter + k, rest), &m, &v, load_first(gradient + k, rest),
                           &settings, &sums);
    store_first(parameter + k, p, rest);
    store_first(first + k, m, rest);
    store_first(second + k, v, rest);
  }
  return fold_step(&sums);
}
