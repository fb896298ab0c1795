// Softmax cross-entropy of one lane block.
#pragma once
#include "Exponential.h"

static void cross_entropy(float *gradient, const float *logits, const int32_t *labels, size_t used,
                          size_t classes, float scale, float smoothing, float *loss,
                          int32_t *right) {
  const lane_flags in_use = first_lanes(used);
  lane_flags label;
  memcpy(&label, labels, sizeof label);
  lanes largest = load(logits);
  lane_flags winner = {0};
  lanes target = broadcast(0);
  for (size_t c = 0; c < classes; c++) {
    lanes value = load(logits + c * relief_lanes);
    lane_flags larger = ~(value <= largest);
    largest = select_lanes(larger, value, largest);
    winner = (larger & (int32_t)c) | (~larger & winner);
    target = select_lanes(label == (int32_t)c, value, target);
  }
  const float everywhere = smoothing / (float)classes;
  lanes total = broadcast(0);
  lanes rest = broadcast(0);
  for (size_t c = 0; c < classes; c++) {
    const lanes below = load(logits + c * relief_lanes) - largest;
    total += exponential(below);
    rest += below;
  }
  lanes mean = target - largest;
  if (smoothing != 0) mean = FMA(rest, broadcast(everywhere), mean * broadcast(1 - smoothing));
  const lanes losses = logarithm(total) - mean;
  const lanes no_loss = broadcast(0);
  const lane_flags hit = in_use & (winner == label) & 1;
  store_unaligned(loss, select_lanes(in_use, losses, no_loss));
  memcpy(right, &hit, sizeof hit);
  if (!gradient) return;
  for (size_t c = 0; c < classes; c++) {
    lanes softmax = exponential(load(logits + c * relief_lanes) - largest) / total;
    lanes goal = select_lanes(label == (int32_t)c, broadcast(1 - smoothing + everywhere),
                              broadcast(everywhere));
    lanes value = (softmax - goal) * scale;
    store(gradient + c * relief_lanes, select_lanes(in_use, value, broadcast(0)));
  }
}
