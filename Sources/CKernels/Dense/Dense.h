// Dense layers, forward and backward. FORWARD_NEURONS × FORWARD_BLOCKS accumulators fill the
// registers of the instruction set that includes this file.
#pragma once
#include "../Core/Lanes.h"

#define DEFINE_FULL_FORWARD(name, NEURONS, BLOCKS)                                              \
  INLINE void name(float *y, size_t y_stride, const float *x, size_t x_stride, const float *w, \
                   size_t connections) {                                                        \
    lanes sum[NEURONS][BLOCKS];                                                                 \
    for (int j = 0; j < NEURONS; j++)                                                           \
      for (int b = 0; b < BLOCKS; b++) sum[j][b] = broadcast(0);                                \
    for (size_t i = 0; i < connections; i++) {                                                  \
      lanes input[BLOCKS];                                                                      \
      for (int b = 0; b < BLOCKS; b++) input[b] = load(x + b * x_stride + i * relief_lanes);    \
      for (int j = 0; j < NEURONS; j++) {                                                       \
        lanes weight = broadcast(w[j * connections + i]);                                       \
        for (int b = 0; b < BLOCKS; b++) sum[j][b] = FMA(weight, input[b], sum[j][b]);          \
      }                                                                                         \
    }                                                                                           \
    for (int j = 0; j < NEURONS; j++)                                                           \
      for (int b = 0; b < BLOCKS; b++) store(y + b * y_stride + j * relief_lanes, sum[j][b]);   \
  }
DEFINE_FULL_FORWARD(full_forward_wide, FORWARD_NEURONS, FORWARD_BLOCKS)
DEFINE_FULL_FORWARD(full_forward_tall, FORWARD_NEURONS *FORWARD_BLOCKS, 1)
DEFINE_FULL_FORWARD(full_forward_rest, 1, FORWARD_BLOCKS)
DEFINE_FULL_FORWARD(full_forward_one, 1, 1)

static void full_forward(float *y, size_t y_stride, const float *x, size_t x_stride,
                         const float *w, size_t neurons, size_t connections, size_t blocks) {
  size_t b = 0;
  for (; b + FORWARD_BLOCKS <= blocks; b += FORWARD_BLOCKS) {
    const float *xb = x + b * x_stride;
    float *yb = y + b * y_stride;
    size_t j = 0;
    for (; j + FORWARD_NEURONS <= neurons; j += FORWARD_NEURONS)
      full_forward_wide(yb + j * relief_lanes, y_stride, xb, x_stride, w + j * connections,
                        connections);
    for (; j < neurons; j++)
      full_forward_rest(yb + j * relief_lanes, y_stride, xb, x_stride, w + j * connections,
                        connections);
  }
  for (; b < blocks; b++) {
    const float *xb = x + b * x_stride;
    float *yb = y + b * y_stride;
    size_t j = 0;
    for (; j + FORWARD_NEURONS * FORWARD_BLOCKS <= neurons; j += FORWARD_NEURONS * FORWARD_BLOCKS)
      full_forward_tall(yb + j * relief_lanes, y_stride, xb, x_stride, w + j * connections,
                        connections);
    for (; j < neurons; j++)
      full_forward_one(yb + j * relief_lanes, y_stride, xb, x_stride, w + j * connections,
                       connections);
  }
}

// A weighted sum of listed rows of 16 lanes over BLOCKS blocks: forward (rows are inputs) and
// backward (rows are neurons, weights found through `positions`).
#define DEFINE_LISTED_SUM(name, BLOCKS, weight_index)                                           \
  INLINE void name(float *to, size_t to_stride, const float *from, size_t from_stride,          \
                   const float *w, const uint32_t *list, const uint32_t *positions,             \
                   uint32_t start, uint32_t end) {                                              \
    (void)positions;                                                                            \
    lanes sum[BLOCKS];                                                                          \
    for (int b = 0; b < BLOCKS; b++) sum[b] = broadcast(0);                                     \
    for (uint32_t k = start; k < end; k++) {                                                    \
      lanes weight = broadcast(w[weight_index]);                                                \
      const float *row = from + (size_t)list[k] * relief_lanes;                                 \
      for (int b = 0; b < BLOCKS; b++) sum[b] = FMA(weight, load(row + b * from_stride), sum[b]); \
    }                                                                                           \
    for (int b = 0; b < BLOCKS; b++) store(to + b * to_stride, sum[b]);                         \
  }
DEFINE_LISTED_SUM(listed_forward_four, 4, k)
DEFINE_LISTED_SUM(listed_forward_one, 1, k)
DEFINE_LISTED_SUM(listed_backward_four, 4, positions[k])
DEFINE_LISTED_SUM(listed_backward_one, 1, positions[k])

static void listed_forward(float *y, size_t y_stride, const float *x, size_t x_stride,
                           const float *w, relief_rows rows, size_t neurons, size_t blocks) {
  size_t b = 0;
  for (; b + 4 <= blocks; b += 4)
    for (size_t j = 0; j < neurons; j++)
      listed_forward_four(y + b * y_stride + j * relief_lanes, y_stride, x + b * x_stride,
                          x_stride, w, rows.columns, NULL, rows.starts[j], rows.starts[j + 1]);
  for (; b < blocks; b++)
    for (size_t j = 0; j < neurons; j++)
      listed_forward_one(y + b * y_stride + j * relief_lanes, y_stride, x + b * x_stride, x_stride,
                         w, rows.columns, NULL, rows.starts[j], rows.starts[j + 1]);
}

static void listed_backward(float *dx, size_t dx_stride, const float *dy, size_t dy_stride,
                            const float *w, relief_columns columns, size_t inputs, size_t blocks) {
  size_t b = 0;
  for (; b + 4 <= blocks; b += 4)
    for (size_t i = 0; i < inputs; i++)
      listed_backward_four(dx + b * dx_stride + i * relief_lanes, dx_stride, dy + b * dy_stride,
                           dy_stride, w, columns.neurons, columns.positions, columns.starts[i],
                           columns.starts[i + 1]);
  for (; b < blocks; b++)
    for (size_t i = 0; i < inputs; i++)
      listed_backward_one(dx + b * dx_stride + i * relief_lanes, dx_stride, dy + b * dy_stride,
                          dy_stride, w, columns.neurons, columns.positions, columns.starts[i],
                          columns.starts[i + 1]);
}

#define DEFINE_FULL_BACKWARD(name, INPUTS, BLOCKS)                                                \
  INLINE void name(float *dx, size_t dx_stride, const float *dy, size_t dy_stride,                \
                   const float *w, size_t neurons, size_t connections) {                          \
    lanes sum[INPUTS][BLOCKS];                                                                    \
    for (int i = 0; i < INPUTS; i++)                                                              \
      for (int b = 0; b < BLOCKS; b++) sum[i][b] = broadcast(0);                                  \
    for (size_t j = 0; j < neurons; j++) {                                                        \
      lanes gradient[BLOCKS];                                                                     \
      for (int b = 0; b < BLOCKS; b++) gradient[b] = load(dy + b * dy_stride + j * relief_lanes); \
      for (int i = 0; i < INPUTS; i++) {                                                          \
        lanes weight = broadcast(w[j * connections + i]);                                         \
        for (int b = 0; b < BLOCKS; b++) sum[i][b] = FMA(weight, gradient[b], sum[i][b]);         \
      }                                                                                           \
    }                                                                                             \
    for (int i = 0; i < INPUTS; i++)                                                              \
      for (int b = 0; b < BLOCKS; b++) store(dx + b * dx_stride + i * relief_lanes, sum[i][b]);   \
  }
DEFINE_FULL_BACKWARD(full_backward_wide, FORWARD_NEURONS, FORWARD_BLOCKS)
DEFINE_FULL_BACKWARD(full_backward_tall, FORWARD_NEURONS *FORWARD_BLOCKS, 1)
DEFINE_FULL_BACKWARD(full_backward_one, 1, 1)

static void full_backward(float *dx, size_t dx_stride, const float *dy, size_t dy_stride,
                          const float *w, size_t neurons, size_t connections, size_t inputs,
                          size_t blocks) {
  size_t b = 0;
  for (; b + FORWARD_BLOCKS <= blocks; b += FORWARD_BLOCKS) {
    size_t i = 0;
    for (; i + FORWARD_NEURONS <= inputs; i += FORWARD_NEURONS)
      full_backward_wide(dx + b * dx_stride + i * relief_lanes, dx_stride, dy + b * dy_stride,
                         dy_stride, w + i, neurons, connections);
    for (; i < inputs; i++)
      for (size_t c = b; c < b + FORWARD_BLOCKS; c++)
        full_backward_one(dx + c * dx_stride + i * relief_lanes, dx_stride, dy + c * dy_stride,
                          dy_stride, w + i, neurons, connections);
  }
  for (; b < blocks; b++) {
    size_t i = 0;
    for (; i + FORWARD_NEURONS * FORWARD_BLOCKS <= inputs; i += FORWARD_NEURONS * FORWARD_BLOCKS)
      full_backward_tall(dx + b * dx_stride + i * relief_lanes, dx_stride, dy + b * dy_stride,
                         dy_stride, w + i, neurons, connections);
    for (; i < inputs; i++)
      full_backward_one(dx + b * dx_stride + i * relief_lanes, dx_stride, dy + b * dy_stride,
                        dy_stride, w + i, neurons, connections);
  }
}
