// One channel's map of one lane block: pools, shortcuts, sums.
#pragma once
#include "../Core/Lanes.h"

// Numbers in one run.
static void rectify(float *x, size_t count) {
  for (size_t k = 0; k < count; k += relief_lanes) {
    lanes value = load(x + k);
    store(x + k, select_lanes(value <= 0, broadcast(0), value));
  }
}

static void rectify_backward(float *dy, const float *y, size_t count) {
  for (size_t k = 0; k < count; k += relief_lanes)
    store(dy + k, select_lanes(load(y + k) <= 0, broadcast(0), load(dy + k)));
}

static void absolute_sums(double *sums, const float *x, size_t features, size_t used) {
  const lane_flags in_use = first_lanes(used) & 0x7fffffff;
  for (size_t f = 0; f < features; f++)
    sums[f] = fold((lanes)((lane_flags)load(x + f * relief_lanes) & in_use));
}

INLINE lanes plane_load(relief_plane p, size_t row, size_t column) {
  return load(p.base + (row * p.row_width + column) * relief_lanes);
}
INLINE void plane_store(relief_plane p, size_t row, size_t column, lanes value) {
  store(p.base + (row * p.row_width + column) * relief_lanes, value);
}

// The larger one; a NaN wins and stays.
INLINE lanes larger(lanes present, lanes next) {
  return select_lanes((next > present) | (next != next), next, present);
}

INLINE lanes window_maximum(relief_plane x, size_t row, size_t column, size_t size) {
  lanes maximum = plane_load(x, row, column);
  for (size_t u = 0; u < size; u++)
    for (size_t v = 0; v < size; v++)
      maximum = larger(maximum, plane_load(x, row + u, column + v));
  return maximum;
}

static void max_pool(relief_plane y, relief_plane x, size_t size) {
  for (size_t row = 0; row < y.height; row++)
    for (size_t column = 0; column < y.width; column++)
      plane_store(y, row, column, window_maximum(x, row * size, column * size, size));
}

static void plane_clear(relief_plane x) {
  for (size_t row = 0; row < x.height; row++)
    for (size_t column = 0; column < x.width; column++) plane_store(x, row, column, broadcast(0));
}

static void max_pool_backward(relief_plane dx, relief_plane dy, relief_plane x, size_t size) {
  plane_clear(dx);
  for (size_t row = 0; row < dy.height; row++)
    for (size_t column = 0; column < dy.width; column++) {
      const lanes maximum = window_maximum(x, row * size, column * size, size);
      const lanes gradient = plane_load(dy, row, column);
      lane_flags open = maximum == maximum;
      for (size_t u = 0; u < size; u++)
        for (size_t v = 0; v < size; v++) {
          lane_flags here = open & (plane_load(x, row * size + u, column * size + v) == maximum);
          plane_store(dx, row * size + u, column * size + v,
                      select_lanes(here, gradient, broadcast(0)));
          open &= ~here;
        }
    }
}

static void average_pool(float *y, relief_plane x) {
  lanes sum = broadcast(0);
  for (size_t row = 0; row < x.height; row++)
    for (size_t column = 0; column < x.width; column++) sum += plane_load(x, row, column);
  store(y, sum / broadcast((float)(x.height * x.width)));
}

static void plane_fill(relief_plane y, const float *value, float factor) {
  const lanes all = load(value) * factor;
  for (size_t row = 0; row < y.height; row++)
    for (size_t column = 0; column < y.width; column++) plane_store(y, row, column, all);
}

static void plane_add(relief_plane y, relief_plane x, size_t y_stride, size_t x_stride, bool onto) {
  for (size_t row = 0; row * y_stride < y.height && row * x_stride < x.height; row++)
    for (size_t column = 0; column * y_stride < y.width && column * x_stride < x.width; column++) {
      const lanes value = plane_load(x, row * x_stride, column * x_stride);
      const lanes sum =
          onto ? plane_load(y, row * y_stride, column * y_stride) + value : value;
      plane_store(y, row * y_stride, column * y_stride, sum);
    }
}

static void plane_rectify(relief_plane x) {
  for (size_t row = 0; row < x.height; row++)
    rectify(x.base + row * x.row_width * relief_lanes, x.width * relief_lanes);
}

static void plane_rectify_backward(relief_plane dy, relief_plane y) {
  for (size_t row = 0; row < y.height; row++)
    rectify_backward(dy.base + row * dy.row_width * relief_lanes,
                     y.base + row * y.row_width * relief_lanes, y.width * relief_lanes);
}

static void plane_absolute_sums(double *sums, relief_plane x, size_t used) {
  for (size_t row = 0; row < x.height; row++)
    absolute_sums(sums + row * x.width, x.base + row * x.row_width * relief_lanes, x.width, used);
}
