// Weight gradients of dense layers: sixteen connections at a time, summed over blocks in tree order
// while they are still in registers or the first cache. Over lanes, full lists add them one after
// the other on transposed inputs, which needs no fold; listed ones would have to transpose for
// every neuron, and fold.
#pragma once
#include "../Core/Tree.h"

INLINE float fold_product(const float *a, const float *b) { return fold(load(a) * load(b)); }

// One connection; the rest of a row that does not fill sixteen.
INLINE void weight_gradient_one(float *g, size_t partial_stride, const float *dy, size_t dy_stride,
                                const float *x, size_t x_stride, relief_tree tree) {
  float stack[deepest_tree];
  FOR_EACH_BLOCK(tree, b, top) {
    stack[top] = fold_product(dy + b * dy_stride, x + b * x_stride);
    FOR_EACH_MERGE(tree, b, top) stack[top - 1] += stack[top];
  }
  for (size_t p = 0; p < tree.partials; p++) g[p * partial_stride] = stack[p];
}

// Sixteen connections of NEURONS neurons, whose inputs lie transposed in `columns`: lanes one after
// the other, without a fold.
#define DEFINE_FULL_WEIGHT_GRADIENT(name, NEURONS)                                               \
  INLINE void name(float *g, size_t partial_stride, const float *dy, size_t dy_stride,           \
                   const float *columns, size_t connections, size_t count, relief_tree tree) {   \
    lanes stack[deepest_tree][NEURONS];                                                          \
    FOR_EACH_BLOCK(tree, b, top) {                                                               \
      lanes sum[NEURONS];                                                                        \
      for (int j = 0; j < NEURONS; j++) sum[j] = broadcast(0);                                   \
      for (size_t lane = 0; lane < relief_lanes; lane++) {                                       \
        const lanes inputs = load(columns + (b * relief_lanes + lane) * relief_lanes);           \
        for (int j = 0; j < NEURONS; j++)                                                        \
          sum[j] = FMA(broadcast(dy[b * dy_stride + j * relief_lanes + lane]), inputs, sum[j]);  \
      }                                                                                          \
      for (int j = 0; j < NEURONS; j++) stack[top][j] = sum[j];                                  \
      FOR_EACH_MERGE(tree, b, top)                                                               \
        for (int j = 0; j < NEURONS; j++) stack[top - 1][j] += stack[top][j];                    \
    }                                                                                            \
    for (size_t p = 0; p < tree.partials; p++)                                                   \
      for (int j = 0; j < NEURONS; j++)                                                          \
        store_first(g + p * partial_stride + j * connections, stack[p][j], count);               \
  }
DEFINE_FULL_WEIGHT_GRADIENT(full_weight_gradient_many, GRADIENT_NEURONS)
DEFINE_FULL_WEIGHT_GRADIENT(full_weight_gradient_one, 1)

static void full_weight_gradient(float *g, size_t partial_stride, const float *dy,
                                 size_t dy_stride, const float *x, size_t x_stride, float *columns,
                                 size_t neurons, size_t connections, relief_tree tree) {
  for (size_t i = 0; i < connections; i += relief_lanes) {
    const size_t count = connections - i < relief_lanes ? connections - i : relief_lanes;
    for (size_t b = 0; b < tree.blocks; b++) {
      lanes row[relief_lanes];
      for (size_t n = 0; n < relief_lanes; n++)
        row[n] = n < count ? load(x + b * x_stride + (i + n) * relief_lanes) : broadcast(0);
      transpose(row);
      for (size_t n = 0; n < relief_lanes; n++)
        store(columns + (b * relief_lanes + n) * relief_lanes, row[n]);
    }
    size_t j = 0;
    for (; j + GRADIENT_NEURONS <= neurons; j += GRADIENT_NEURONS)
      full_weight_gradient_many(g + j * connections + i, partial_stride, dy + j * relief_lanes,
                                dy_stride, columns, connections, count, tree);
    for (; j < neurons; j++)
      full_weight_gradient_one(g + j * connections + i, partial_stride, dy + j * relief_lanes,
                               dy_stride, columns, connections, count, tree);
  }
}

static void listed_weight_gradient(float *g, size_t partial_stride, const float *dy,
                                   size_t dy_stride, const float *x, size_t x_stride,
                                   relief_rows rows, size_t neurons, relief_tree tree) {
  for (size_t j = 0; j < neurons; j++) {
    uint32_t k = rows.starts[j];
    const uint32_t end = rows.starts[j + 1];
    for (; k + relief_lanes <= end; k += relief_lanes) {
      const uint32_t *list = rows.columns + k;
      lanes stack[deepest_tree];
      FOR_EACH_BLOCK(tree, b, top) {
        const lanes d = load(dy + b * dy_stride + j * relief_lanes);
        const float *base = x + b * x_stride;
#define PRODUCT(n) (load(base + (size_t)list[n] * relief_lanes) * d)
        stack[top] = FOLD_SIXTEEN(PRODUCT);
#undef PRODUCT
        FOR_EACH_MERGE(tree, b, top) stack[top - 1] += stack[top];
      }
      for (size_t p = 0; p < tree.partials; p++)
        store_unaligned(g + p * partial_stride + k, stack[p]);
    }
    for (; k < end; k++)
      weight_gradient_one(g + k, partial_stride, dy + j * relief_lanes, dy_stride,
                          x + (size_t)rows.columns[k] * relief_lanes, x_stride, tree);
  }
}
