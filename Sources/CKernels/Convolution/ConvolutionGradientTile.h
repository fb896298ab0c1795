// Weight gradients of convolutions, tile by tile: each tap is an accumulator over the output
// positions of a block in raster order.
#pragma once
#include "Convolution.h"

enum {
  // Taps that are accumulated at once: the nine of 16 kernels.
  gradient_values = 144,
  gradient_filters = 4,
};

// Filters, inputs and size of whole maps; filters, inputs, kernel and stride of rows. The first
// that fits is taken: so many filters and inputs that the accumulators fill the registers.
#define FOR_EACH_MAP_GRADIENT(define) \
  define(2, 1, 2) define(1, 2, 2) define(1, 1, 2) define(2, 1, 4) define(1, 2, 4) define(1, 1, 4)
#define FOR_EACH_ROW_GRADIENT(define)                                                          \
  define(4, 4, 1, 1) define(4, 4, 1, 2) define(1, 4, 1, 1) define(1, 4, 1, 2) define(1, 1, 1, 1) \
  define(1, 1, 1, 2) define(2, 1, 3, 1) define(2, 1, 3, 2) define(1, 2, 3, 1) define(1, 1, 3, 1) \
  define(1, 2, 3, 2) define(1, 1, 3, 2) define(1, 1, 5, 1)

// A few kernels of each of `filters` filters (that read the same channels): what is accumulated at
// once.
typedef struct {
  size_t filter, filters, entry, entries;
} gradient_cell;

// The planes of a tile of filters × channels kernels, and the accumulators of its first kernel.
typedef struct {
  const float *dy[gradient_filters];
  const float *x[gradient_filters];
  lanes *sums;
} gradient_planes;

INLINE gradient_planes planes_at(const relief_convolution *c, const gradient_cell *cell, size_t f,
                                 size_t e, lanes *sums, const int filters, const int inputs) {
  gradient_planes planes;
  planes.sums = sums + f * gradient_values + e * c->kernel_rows * c->kernel_columns;
  UNROLL for (int n = 0; n < filters; n++)
    planes.dy[n] = plane_of(&c->output, cell->filter + f + n);
  UNROLL for (int n = 0; n < inputs; n++)
    planes.x[n] = entry_plane(c, c->input.pixels, cell->entry + e + n);
  return planes;
}

// Adds `columns` output positions of one row. Like `row_tile`: each input column is loaded once and
// serves every tap that meets it.
INLINE void gradient_tile(const relief_convolution *c, lanes *sum, const gradient_planes *planes,
                          tile_place at, const int filters, const int inputs, const int columns,
                          const int kernel, const int stride) {
  const int span = (columns - 1) * stride + kernel;
  const ptrdiff_t x = at.x - c->input.pixels, dy = at.y - c->output.pixels;
  lanes gradient[most_accumulators];
  UNROLL for (int f = 0; f < filters; f++)
    UNROLL for (int p = 0; p < columns; p++)
      gradient[f * columns + p] = load(planes->dy[f] + dy + p * relief_lanes);
  UNROLL for (int u = 0; u < kernel; u++) {
    if (u < at.top || u >= at.bottom) continue;
    UNROLL for (int i = 0; i < inputs; i++) {
      const float *row = planes->x[i] + x + u * (ptrdiff_t)c->input.row;
      UNROLL for (int q = 0; q < span; q++) {
        if (q < kernel - 1 && q < at.left) continue;
        if (q > span - kernel && q >= at.right) continue;
        const lanes pixel = load(row + q * relief_lanes);
        UNROLL for (int v = 0; v < kernel; v++) {
          const int p = (q - v) / stride;
          if (q < v || (q - v) % stride != 0 || p >= columns) continue;
          UNROLL for (int f = 0; f < filters; f++) {
            const int n = ((f * inputs + i) * kernel + u) * kernel + v;
            sum[n] = FMA(gradient[f * columns + p], pixel, sum[n]);
          }
        }
      }
    }
  }
}

// Adds the output rows `start ..< end` of a block to the accumulators.
INLINE void gradient_rows(const relief_convolution *c, const gradient_planes *planes, size_t block,
                          size_t start, size_t end, const int filters, const int inputs,
                          const int kernel, const int stride) {
  const int taps = kernel * kernel, widest = filters > 2 ? 1 : 4;
  lanes sum[most_accumulators];
  UNROLL for (int f = 0; f < filters; f++)
    UNROLL for (int n = 0; n < inputs * taps; n++)
      sum[f * inputs * taps + n] = start ? planes->sums[f * gradient_values + n] : broadcast(0);
  for (size_t row = start; row < end; row++) {
    size_t column = 0;
#define TILES(count)                                                              \
  for (; count <= widest && column + count <= c->output.width; column += count) { \
    const tile_place at = place(c, 0, block, row, column, 1, count);              \
    gradient_tile(c, sum, planes, at, filters, inputs, count, kernel, stride);      \
  }
    TILES(4) TILES(2) TILES(1)
#undef TILES
  }
  UNROLL for (int f = 0; f < filters; f++)
    UNROLL for (int n = 0; n < inputs * taps; n++)
      planes->sums[f * gradient_values + n] = sum[f * inputs * taps + n];
}

// While rows `start ..< end` are at work the same rows of the filters that follow are fetched.
INLINE void prefetch_gradient(const relief_convolution *c, const gradient_cell *cell, size_t entry,
                              size_t block, size_t start, size_t end) {
  if (end - start == c->output.height) return;
  prefetch_rows(&c->output, block, cell->filter + cell->filters, cell->filters, start, end - start,
                entry, cell->entries);
}

// A whole map of size × size under a 3×3 kernel with padding 1: no edge is left to run time.
INLINE void gradient_map(const relief_convolution *c, const gradient_planes *planes, size_t block,
                         const int filters, const int inputs, const int size) {
  lanes sum[most_accumulators];
  UNROLL for (int n = 0; n < filters * inputs * 9; n++) sum[n] = broadcast(0);
  UNROLL for (int row = 0; row < size; row++) {
    tile_place at = place(c, 0, block, row, 0, 1, size);
    at.top = row == 0 ? 1 : 0;
    at.bottom = row == size - 1 ? 2 : 3;
    at.left = 1;
    at.right = size + 1;
    gradient_tile(c, sum, planes, at, filters, inputs, size, 3, 1);
  }
  UNROLL for (int f = 0; f < filters; f++)
    UNROLL for (int n = 0; n < inputs * 9; n++)
      planes->sums[f * gradient_values + n] = sum[f * inputs * 9 + n];
}

// Each function takes the kernels from `*entry` on as far as there are `inputs` of them.
#define DEFINE_MAP_GRADIENT(filters, inputs, size)                                          \
  static void gradient_map_##filters##_##inputs##_##size(                                   \
      const relief_convolution *c, const gradient_cell *cell, size_t filter, size_t *entry, \
      lanes *sums, size_t block, size_t start, size_t end) {                                \
    (void)start, (void)end;                                                                 \
    for (; *entry + inputs <= cell->entries; *entry += inputs) {                            \
      const gradient_planes planes =                                                        \
          planes_at(c, cell, filter, *entry, sums, filters, inputs);                        \
      gradient_map(c, &planes, block, filters, inputs, size);                               \
    }                                                                                       \
  }
FOR_EACH_MAP_GRADIENT(DEFINE_MAP_GRADIENT)

#define DEFINE_GRADIENT(filters, inputs, kernel, stride)                                      \
  static void gradient_rows_##filters##_##inputs##_##kernel##_##stride(                       \
      const relief_convolution *c, const gradient_cell *cell, size_t filter, size_t *entry, \
      lanes *sums, size_t block, size_t start, size_t end) {                                \
    for (; *entry + inputs <= cell->entries; *entry += inputs) {                            \
      const gradient_planes planes =                                                        \
          planes_at(c, cell, filter, *entry, sums, filters, inputs);                        \
      prefetch_gradient(c, cell, *entry, block, start, end);                                \
      gradient_rows(c, &planes, block, start, end, filters, inputs, kernel, stride);          \
    }                                                                                       \
  }
FOR_EACH_ROW_GRADIENT(DEFINE_GRADIENT)

// One kernel of any size and stride, tap by tap.
static void gradient_kernel_any(const relief_convolution *c, const gradient_planes *planes,
                                size_t block, size_t start, size_t end) {
  for (size_t u = 0; u < c->kernel_rows; u++)
    for (size_t v = 0; v < c->kernel_columns; v++) {
      lanes *sum = planes->sums + u * c->kernel_columns + v;
      lanes total = start ? *sum : broadcast(0);
      for (size_t row = start; row < end; row++)
        for (size_t column = 0; column < c->output.width; column++) {
          const tile_place at = place(c, 0, block, row, column, 1, 1);
          if ((int)u < at.top || (int)u >= at.bottom || (int)v < at.left || (int)v >= at.right)
            continue;
          const size_t tap = u * c->input.row + v * c->input.column;
          total = FMA(load(planes->dy[0] + (at.y - c->output.pixels)),
                      load(planes->x[0] + (at.x - c->input.pixels) + tap), total);
        }
      *sum = total;
    }
}

static void gradient_rows_any(const relief_convolution *c, const gradient_cell *cell, size_t filter,
                              size_t *entry, lanes *sums, size_t block, size_t start, size_t end) {
  for (; *entry < cell->entries; *entry += 1) {
    const gradient_planes planes = planes_at(c, cell, filter, *entry, sums, 1, 1);
    gradient_kernel_any(c, &planes, block, start, end);
  }
}

typedef struct {
  void (*rows)(const relief_convolution *, const gradient_cell *, size_t filter, size_t *entry,
               lanes *sums, size_t block, size_t start, size_t end);
  size_t filters;
} gradient_function;

// The function for `entries` kernels of each of `filters` filters that read the same channels.
static gradient_function gradient_function_for(const relief_convolution *c, size_t filters_left,
                                               size_t entries_left) {
  // Padding beyond the kernel would need more than one check a column.
  const bool edges = -c->first_column < (ptrdiff_t)c->kernel_columns &&
                     (ptrdiff_t)((c->output.width - 1) * c->stride) + c->first_column <
                         (ptrdiff_t)c->input.width;
#define MAP_GRADIENT(f, i, size)                                        \
  if (is_padded_map(c, size) && filters_left >= f && entries_left >= i) \
    return (gradient_function){gradient_map_##f##_##i##_##size, f};
  FOR_EACH_MAP_GRADIENT(MAP_GRADIENT)
#undef MAP_GRADIENT
#define GRADIENT(f, i, k, s)                                                                     \
  if (edges && filters_left >= f && entries_left >= i && c->kernel_columns == k && c->stride == s) \
    return (gradient_function){gradient_rows_##f##_##i##_##k##_##s, f};
  FOR_EACH_ROW_GRADIENT(GRADIENT)
#undef GRADIENT
  return (gradient_function){gradient_rows_any, 1};
}
