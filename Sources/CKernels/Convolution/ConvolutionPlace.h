// Where a tile of a convolution lies, which entries its filters have, and where its sums begin and
// end.
#pragma once
#include "../Core/Lanes.h"

// Accumulators of a tile: as many vectors as AVX-512 has registers.
enum { most_accumulators = 32 };

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
