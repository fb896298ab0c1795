// Bytes of images to lanes.
#pragma once
#include "../Core/Lanes.h"

static void lanes_from_bytes(float *x, const uint8_t *const *images, size_t used, size_t pixels) {
  typedef uint8_t bytes __attribute__((vector_size(16)));
  size_t p = 0;
  for (; p + relief_lanes <= pixels; p += relief_lanes) {
    lanes row[16];
    for (size_t lane = 0; lane < relief_lanes; lane++) {
      bytes values = {0};
      if (lane < used) memcpy(&values, images[lane] + p, sizeof values);
      row[lane] = __builtin_convertvector(values, lanes) / broadcast(255);
    }
    transpose(row);
    for (size_t q = 0; q < relief_lanes; q++) store(x + (p + q) * relief_lanes, row[q]);
  }
  for (; p < pixels; p++)
    for (size_t lane = 0; lane < relief_lanes; lane++)
      x[p * relief_lanes + lane] = lane < used ? (float)images[lane][p] / 255.0f : 0;
}
