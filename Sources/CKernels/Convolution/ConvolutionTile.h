// Convolutions over lane blocks. Every output is one accumulator: channels of its list ascending,
// kernel rows ascending, kernel columns ascending, taps on padding left out.
//
// A tile keeps filters × columns accumulators in registers. Within a kernel row it walks over the
// input columns it sees: each is loaded once and serves every tap that meets it, and since a column
// off the map is left out as a whole, edges cost one predictable branch a column.
#pragma once
#include "ConvolutionPlace.h"

// Kernel columns and steps that the compiler knows; all others are served tap by tap.
#define FOR_EACH_ROW_TILE(define) \
  define(1, 1) define(1, 2) define(2, 1) define(3, 1) define(3, 2) define(5, 1)

// One output column, any kernel and stride.
INLINE void any_tile(const relief_convolution *c, tile_place at, const int filters) {
  lanes sum[most_accumulators];
  start_tile(c, at, sum, filters, 1, 1);
  const size_t end = end_entry(c, at.filter);
  for (size_t e = first_entry(c, at.filter); e < end; e++) {
    const float *plane = entry_plane(c, at.x, e), *w = entry_weights(c, at.filter, e);
    for (int u = at.top; u < at.bottom; u++)
      for (int v = at.left; v < at.right; v++) {
        const lanes x = load(plane + u * c->input.row + v * c->input.column);
        const float *tap = w + u * c->tap_row + v * c->tap_column;
        UNROLL for (int f = 0; f < filters; f++)
          sum[f] = FMA(broadcast(tap[f * c->filter_weights]), x, sum[f]);
      }
  }
  store_tile(c, at, sum, filters, 1, 1);
}

// Some columns of one output row; kernel columns and stride known to the compiler.
INLINE void row_tile(const relief_convolution *c, tile_place at, const int filters,
                     const int columns, const int kernel, const int stride) {
  const int span = (columns - 1) * stride + kernel;
  lanes sum[most_accumulators];
  start_tile(c, at, sum, filters, 1, columns);
  const size_t end = end_entry(c, at.filter);
  for (size_t e = first_entry(c, at.filter); e < end; e++) {
    const float *row = entry_plane(c, at.x, e) + at.top * c->input.row;
    const float *w = entry_weights(c, at.filter, e) + at.top * c->tap_row;
    for (int u = at.top; u < at.bottom; u++, row += c->input.row, w += c->tap_row) {
      lanes weight[most_accumulators];
      UNROLL for (int f = 0; f < filters; f++)
        UNROLL for (int v = 0; v < kernel; v++)
          weight[f * kernel + v] = broadcast(w[f * c->filter_weights + v * c->tap_column]);
      UNROLL for (int q = 0; q < span; q++) {
        if (q < kernel - 1 && q < at.left) continue;
        if (q > span - kernel && q >= at.right) continue;
        const lanes x = load(row + q * relief_lanes);
        UNROLL for (int v = 0; v < kernel; v++) {
          const int p = (q - v) / stride;
          if (q < v || (q - v) % stride != 0 || p >= columns) continue;
          UNROLL for (int f = 0; f < filters; f++)
            sum[f * columns + p] = FMA(weight[f * kernel + v], x, sum[f * columns + p]);
        }
      }
    }
  }
  store_tile(c, at, sum, filters, 1, columns);
}

// As `row_tile`, tap by tap, where registers do not hold the weights of a kernel row beside the
// sums. Inside the map no tap is asked for its place.
INLINE void tap_tile(const relief_convolution *c, tile_place at, const int filters,
                     const int columns, const int kernel, const int stride, const bool inside) {
  lanes sum[most_accumulators];
  start_tile(c, at, sum, filters, 1, columns);
  const size_t end = end_entry(c, at.filter);
  for (size_t e = first_entry(c, at.filter); e < end; e++) {
    const float *row = entry_plane(c, at.x, e) + at.top * c->input.row;
    const float *w = entry_weights(c, at.filter, e) + at.top * c->tap_row;
    for (int u = at.top; u < at.bottom; u++, row += c->input.row, w += c->tap_row)
      UNROLL for (int v = 0; v < kernel; v++)
        UNROLL for (int f = 0; f < filters; f++) {
          const lanes weight = broadcast(w[f * c->filter_weights + v * c->tap_column]);
          UNROLL for (int p = 0; p < columns; p++) {
            const int q = p * stride + v;
            if (!inside && (q < at.left || q >= at.right)) continue;
            sum[f * columns + p] = FMA(weight, load(row + q * relief_lanes), sum[f * columns + p]);
          }
        }
  }
  store_tile(c, at, sum, filters, 1, columns);
}

INLINE void best_tile(const relief_convolution *c, tile_place at, const int filters,
                       const int columns, const int kernel, const int stride) {
  if (filters * kernel <= CONVOLUTION_WEIGHTS)
    row_tile(c, at, filters, columns, kernel, stride);
  else if (at.left == 0 && at.right == (columns - 1) * stride + kernel)
    tap_tile(c, at, filters, columns, kernel, stride, true);
  else
    tap_tile(c, at, filters, columns, kernel, stride, false);
}

// One output row of some filters, cut into tiles of at most `widest` columns. Where more columns
// lie off the map than a kernel is wide (padding beyond the kernel), columns go one by one.
INLINE void tile_row(const relief_convolution *c, size_t filter, size_t block, size_t row,
                     const int filters, const int widest, const int kernel, const int stride) {
  size_t column = 0;
#define TILES(count)                                                              \
  for (; count <= widest && column + count <= c->output.width; column += count) { \
    const tile_place at = place(c, filter, block, row, column, 1, count);         \
    if (at.left >= kernel || at.right <= (count - 1) * stride)                      \
      for (size_t n = column; n < column + count; n++)                            \
        any_tile(c, place(c, filter, block, row, n, 1, 1), filters);              \
    else                                                                          \
      best_tile(c, at, filters, count, kernel, stride);                            \
  }
  TILES(16) TILES(8) TILES(4) TILES(2) TILES(1)
#undef TILES
}

// 3×3 kernels with stride 1: a rectangle of output rows and columns of one or more blocks. A
// kernel's nine weights are read once and every input pixel once, which is what few filters need.
INLINE void square_tile(const relief_convolution *c, tile_place at, const int filters,
                        const int blocks, const int rows, const int columns) {
  const int outputs = filters * rows * columns;
  lanes sum[most_accumulators];
  UNROLL for (int b = 0; b < blocks; b++) {
    tile_place block = at;
    block.y += b * c->output.block;
    start_tile(c, block, sum + b * outputs, filters, rows, columns);
  }
  const size_t end = end_entry(c, at.filter);
  for (size_t e = first_entry(c, at.filter); e < end; e++) {
    const float *plane = entry_plane(c, at.x, e), *w = entry_weights(c, at.filter, e);
    prefetch_weights(c, e, end);
    lanes weight[9 * CONVOLUTION_FILTERS];
    UNROLL for (int f = 0; f < filters; f++)
      UNROLL for (int u = 0; u < 3; u++)
        UNROLL for (int v = 0; v < 3; v++)
          weight[(f * 3 + u) * 3 + v] =
              broadcast(w[f * c->filter_weights + u * c->tap_row + v * c->tap_column]);
    UNROLL for (int t = 0; t < rows + 2; t++) {
      if (t < 2 && t < at.top) continue;
      if (t >= rows && t >= at.bottom) continue;
      UNROLL for (int q = 0; q < columns + 2; q++) {
        if (q < 2 && q < at.left) continue;
        if (q >= columns && q >= at.right) continue;
        UNROLL for (int b = 0; b < blocks; b++) {
          const lanes x = load(plane + b * c->input.block + t * c->input.row + q * relief_lanes);
          UNROLL for (int u = 0; u < 3; u++)
            UNROLL for (int v = 0; v < 3; v++) {
              const int r = t - u, p = q - v;
              if (r < 0 || r >= rows || p < 0 || p >= columns) continue;
              UNROLL for (int f = 0; f < filters; f++) {
                const int n = b * outputs + (f * rows + r) * columns + p;
                sum[n] = FMA(weight[(f * 3 + u) * 3 + v], x, sum[n]);
              }
            }
        }
      }
    }
  }
  UNROLL for (int b = 0; b < blocks; b++) {
    tile_place block = at;
    block.y += b * c->output.block;
    store_tile(c, block, sum + b * outputs, filters, rows, columns);
  }
}

// Four output rows of one filter, in squares of 4 × 4.
static void single_squares(const relief_convolution *c, size_t filter, size_t block, size_t row) {
  for (size_t column = 0; column < c->output.width; column += 4)
    square_tile(c, place(c, filter, block, row, column, 4, 4), 1, 1, 4, 4);
}

// Whole maps of size × size with padding 1: no edge is left to run time.
INLINE void map_tile(const relief_convolution *c, size_t filter, size_t block, const int filters,
                     const int blocks, const int size) {
  tile_place at = place(c, filter, block, 0, 0, size, size);
  at.top = at.left = 1;
  at.bottom = at.right = size + 1;
  square_tile(c, at, filters, blocks, size, size);
}
#define DEFINE_MAP(name, filters, blocks, size)                                            \
  static void name(const relief_convolution *c, size_t filter, size_t block, size_t row) { \
    (void)row;                                                                             \
    map_tile(c, filter, block, filters, blocks, size);                                     \
  }
DEFINE_MAP(group_map_2, CONVOLUTION_FILTERS, 1, 2)
DEFINE_MAP(single_map_2, 1, 1, 2)
DEFINE_MAP(single_maps_2, 1, 4, 2)
DEFINE_MAP(single_map_4, 1, 1, 4)

#define DEFINE_ROWS(kernel, stride)                                                            \
  static void group_row_##kernel##_##stride(const relief_convolution *c, size_t filter,        \
                                          size_t block, size_t row) {                        \
    tile_row(c, filter, block, row, CONVOLUTION_FILTERS, CONVOLUTION_COLUMNS, kernel, stride); \
  }                                                                                          \
  static void single_row_##kernel##_##stride(const relief_convolution *c, size_t filter,       \
                                           size_t block, size_t row) {                       \
    tile_row(c, filter, block, row, 1, CONVOLUTION_RUN, kernel, stride);                       \
  }
FOR_EACH_ROW_TILE(DEFINE_ROWS)

static void group_row_any(const relief_convolution *c, size_t filter, size_t block, size_t row) {
  for (size_t column = 0; column < c->output.width; column++)
    any_tile(c, place(c, filter, block, row, column, 1, 1), CONVOLUTION_FILTERS);
}
static void single_row_any(const relief_convolution *c, size_t filter, size_t block, size_t row) {
  for (size_t column = 0; column < c->output.width; column++)
    any_tile(c, place(c, filter, block, row, column, 1, 1), 1);
}
