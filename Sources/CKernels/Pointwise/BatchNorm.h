// Batch norm of one channel's map of one lane block, together with what stands around it: the
// shortcut that is added and the rectifier that follows, so that each number is read and written
// once.
#pragma once
#include "Planes.h"

// Four accumulators by column, so that additions need not wait for each other; combined
// (0 + 1) + (2 + 3).
#define FOLD_FOUR(sum) fold((sum[0] + sum[1]) + (sum[2] + sum[3]))
// Every position of `plane` in raster order; `chain`, known to the compiler, is column mod 4.
#define FOR_EACH_POSITION(plane)                                         \
  for (size_t row = 0; row < (plane).height; row++)                      \
    for (size_t first = 0; first < (plane).width; first += 4)            \
      UNROLL for (size_t chain = 0; chain < 4; chain++)                  \
        for (size_t column = first + chain, once = column < (plane).width; once; once = 0)

static void plane_moments(double sums[2], relief_plane x, float center, size_t used) {
  const lane_flags in_use = first_lanes(used);
  const lanes zero = broadcast(0), middle = broadcast(center);
  lanes sum[4] = {zero, zero, zero, zero}, squares[4] = {zero, zero, zero, zero};
  FOR_EACH_POSITION(x) {
    const lanes value = select_lanes(in_use, plane_load(x, row, column) - middle, zero);
    sum[chain] += value;
    squares[chain] = FMA(value, value, squares[chain]);
  }
  sums[0] = FOLD_FOUR(sum);
  sums[1] = FOLD_FOUR(squares);
}

INLINE lanes rectified(lanes x) { return select_lanes(x <= 0, broadcast(0), x); }

INLINE void normalise(relief_plane y, relief_plane x, relief_plane addend, size_t stride,
                      relief_norm norm, const bool adds, const bool rectifies) {
  const lanes a = broadcast(norm.factor), b = broadcast(norm.summand);
  for (size_t row = 0; row < y.height; row++)
    for (size_t column = 0; column < y.width; column++) {
      lanes value = broadcast(0);
      if (x.base) value = FMA(a, plane_load(x, row, column), b);
      if (adds) value += plane_load(addend, row * stride, column * stride);
      plane_store(y, row, column, rectifies ? rectified(value) : value);
    }
}

static void plane_normalise(relief_plane y, relief_plane x, relief_plane addend, size_t stride,
                            relief_norm norm, bool rectifies) {
  if (!addend.base)
    return rectifies ? normalise(y, x, addend, 1, norm, false, true)
                     : normalise(y, x, addend, 1, norm, false, false);
  if (stride == 1 && rectifies) return normalise(y, x, addend, 1, norm, true, true);
  normalise(y, x, addend, stride, norm, true, rectifies);
}

// The gradient of what was normalised, where the rectifier behind it was open.
INLINE lanes opened(lanes gradient, lanes x, relief_norm norm, const bool rectifies) {
  if (!rectifies) return gradient;
  const lanes y = FMA(broadcast(norm.factor), x, broadcast(norm.summand));
  return select_lanes(y <= 0, broadcast(0), gradient);
}

// With `output` what was put out is read instead of worked out anew, and dy is closed in place.
INLINE void gradient_moments(double sums[2], relief_plane dy, relief_plane x, relief_plane output,
                             relief_norm norm, size_t used, const bool rectifies,
                             const bool reads) {
  const lane_flags in_use = first_lanes(used);
  const lanes zero = broadcast(0), middle = broadcast(norm.mean);
  const lanes scale = broadcast(norm.inverse_deviation);
  lanes sum[4] = {zero, zero, zero, zero}, products[4] = {zero, zero, zero, zero};
  FOR_EACH_POSITION(x) {
    const lanes value = plane_load(x, row, column);
    lanes gradient = plane_load(dy, row, column);
    if (reads) {
      gradient = select_lanes(plane_load(output, row, column) <= 0, zero, gradient);
      plane_store(dy, row, column, gradient);
    } else {
      gradient = opened(gradient, value, norm, rectifies);
    }
    gradient = select_lanes(in_use, gradient, zero);
    sum[chain] += gradient;
    products[chain] = FMA(gradient, (value - middle) * scale, products[chain]);
  }
  sums[0] = FOLD_FOUR(sum);
  sums[1] = FOLD_FOUR(products);
}

static void plane_gradient_moments(double sums[2], relief_plane dy, relief_plane x,
                                   relief_plane output, relief_norm norm, bool rectifies,
                                   size_t used) {
  if (!rectifies) return gradient_moments(sums, dy, x, output, norm, used, false, false);
  if (output.base) return gradient_moments(sums, dy, x, output, norm, used, true, true);
  gradient_moments(sums, dy, x, output, norm, used, true, false);
}

INLINE void combine(relief_plane dx, relief_plane dy, relief_plane x, relief_norm norm,
                    relief_combination factors, size_t used, const bool rectifies,
                    const bool adds) {
  const lane_flags in_use = first_lanes(used);
  const lanes a = broadcast(factors.gradient), b = broadcast(factors.input);
  const lanes c = broadcast(factors.summand);
  for (size_t row = 0; row < dx.height; row++)
    for (size_t column = 0; column < dx.width; column++) {
      const lanes value = plane_load(x, row, column);
      const lanes gradient = opened(plane_load(dy, row, column), value, norm, rectifies);
      lanes result = select_lanes(in_use, FMA(a, gradient, FMA(b, value, c)), broadcast(0));
      if (adds) result += plane_load(dx, row, column);
      plane_store(dx, row, column, result);
    }
}

static void plane_combine(relief_plane dx, relief_plane dy, relief_plane x, relief_norm norm,
                          bool rectifies, relief_combination factors, bool adds, size_t used) {
  if (adds) return combine(dx, dy, x, norm, factors, used, rectifies, true);
  if (rectifies) return combine(dx, dy, x, norm, factors, used, true, false);
  combine(dx, dy, x, norm, factors, used, false, false);
}
