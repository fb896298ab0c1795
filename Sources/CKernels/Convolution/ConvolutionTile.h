// Convolutions over lane blocks. Every output is one accumulator: channels of its list ascending,
// kernel rows ascending, kernel columns ascending, taps on padding left out.
//
// A tile keeps filters × columns accumulators in registers. Within a kernel row it walks over the
// input columns it sees: each is loaded once and serves every tap that meets it, and since a column
// off the map is left out as a whole, edges cost one predictable branch a column.
#pragma once
#include "../Core/Lanes.h"

// Accumulators of a tile: as many vectors as AVX-512 has registers.
enum { most_accumulators = 32 };

// Kernel columns and steps that the compiler knows; all others are served tap by tap.
#define FOR_EACH_ROW_TILE(define) \
  define(1, 1) define(1, 2) define(2, 1) define(3, 1) define(3, 2) define(5, 1)

// Where a tile lies and which of its taps meet real pixels.
typedef struct {
  const float *x;   // input pixel under tap (0, 0) of the first output, perhaps off the map
  float *y;         // first output
  size_t filter;
  int top, bottom;  // real input rows, counted from x
  int left, right;  // real input columns, counted from x
} tile_place;

INLINE int clamped(ptrdiff_t value, ptrdiff_t low, ptrdiff_t high) {
  return (int)(value < low ? low : value > high ? high : value);
}

INLINE tile_place place(const relief_convolution *c, size_t filter, size_t block, size_t row,
                        size_t column, int rows, int columns) {
  const ptrdiff_t first_row = c->first_row + (ptrdiff_t)(row * c->stride);
  const ptrdiff_t first_column = c->first_column + (ptrdiff_t)(column * c->stride);
  const int span_rows = (int)((rows - 1) * c->stride + c->kernel_rows);
  const int span_columns = (int)((columns - 1) * c->stride + c->kernel_columns);
  return (tile_place){
      .x = c->input.pixels + block * c->input.block + first_row * (ptrdiff_t)c->input.row +
           first_column * (ptrdiff_t)c->input.column,
      .y = c->output.pixels + block * c->output.block + filter * c->output.channel +
           row * c->output.row + column * c->output.column,
      .filter = filter,
      .top = clamped(-first_row, 0, span_rows),
      .bottom = clamped((ptrdiff_t)c->input.height - first_row, 0, span_rows),
      .left = clamped(-first_column, 0, span_columns),
      .right = clamped((ptrdiff_t)c->input.width - first_column, 0, span_columns)};
}

// Whether the pass is 3×3 with stride 1 over a map of size × size with padding 1.
INLINE bool is_padded_map(const relief_convolution *c, size_t size) {
  return c->kernel_rows == 3 && c->kernel_columns == 3 && c->stride == 1 && c->first_row == -1 &&
         c->first_column == -1 && c->output.height == size && c->output.width == size &&
         c->input.height == size && c->input.width == size;
}

INLINE size_t first_entry(const relief_convolution *c, size_t filter) {
  return c->starts ? c->starts[filter] : 0;
}
INLINE size_t end_entry(const relief_convolution *c, size_t filter) {
  return c->starts ? c->starts[filter + 1] : c->entries;
}
// The first entry of a filter whose channel is at least `channel`.
INLINE size_t entry_from(const relief_convolution *c, size_t filter, size_t channel) {
  if (!c->starts) return channel;
  size_t low = c->starts[filter], high = c->starts[filter + 1];
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (c->channels[middle] < channel)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

INLINE const float *plane_of(const relief_maps *maps, size_t channel) {
  return maps->pixels + channel * maps->channel;
}
INLINE const float *entry_plane(const relief_convolution *c, const float *x, size_t entry) {
  return x + (c->starts ? c->channels[entry] : entry) * c->input.channel;
}
// Where tap (0, 0) of an entry lies among the weights.
INLINE ptrdiff_t entry_offset(const relief_convolution *c, size_t filter, size_t entry) {
  return c->starts ? (ptrdiff_t)c->offsets[entry]
                   : (ptrdiff_t)filter * c->filter_weights + (ptrdiff_t)entry * c->entry_weights;
}
INLINE const float *entry_weights(const relief_convolution *c, size_t filter, size_t entry) {
  return c->weights + entry_offset(c, filter, entry);
}

// Backward passes find their kernels all over the weights: fetches one that is needed soon.
INLINE void prefetch_weights(const relief_convolution *c, size_t entry, size_t end) {
  enum { ahead = 4 };
  if (c->starts && entry + ahead < end) {
    const float *w = c->weights + c->offsets[entry + ahead];
    __builtin_prefetch(w, 0, 3);
    __builtin_prefetch(w + c->tap_row * ((ptrdiff_t)c->kernel_rows - 1), 0, 3);
  }
}

INLINE void start_tile(const relief_convolution *c, tile_place at, lanes *sum, const int filters,
                       const int rows, const int columns) {
  UNROLL for (int n = 0; n < filters * rows * columns; n++) sum[n] = broadcast(0);
  if (!c->accumulates) return;
  UNROLL for (int f = 0; f < filters; f++)
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int p = 0; p < columns; p++)
        sum[(f * rows + r) * columns + p] =
            load(at.y + f * c->output.channel + r * c->output.row + p * c->output.column);
}

INLINE void store_tile(const relief_convolution *c, tile_place at, const lanes *sum,
                       const int filters, const int rows, const int columns) {
  UNROLL for (int f = 0; f < filters; f++) {
    const lanes bias = broadcast(c->biases ? c->biases[at.filter + f] : 0);
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int p = 0; p < columns; p++) {
        lanes value = sum[(f * rows + r) * columns + p];
        store(at.y + f * c->output.channel + r * c->output.row + p * c->output.column,
              c->biases ? value + bias : value);
      }
  }
}

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
      row_tile(c, at, filters, count, kernel, stride);                              \
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
