// Weight gradients of full 3×3 convolutions over maps of 2×2, where folding sixteen lanes for every
// tap would cost more than the products: gradients are transposed, so that the vector runs over
// sixteen filters, and images come one after the other.
#pragma once
#include "../Core/Tree.h"
#include "ConvolutionTile.h"

enum { column_channels = 3, column_taps = 9, small_map = 2 };
typedef lanes transposed_gradient[small_map * small_map][relief_lanes];

INLINE void transpose_gradient(transposed_gradient to, const relief_maps *dy, size_t block,
                               size_t filter, size_t filters) {
  for (size_t position = 0; position < small_map * small_map; position++) {
    const float *pixel = dy->pixels + block * dy->block + position / small_map * dy->row +
                         position % small_map * dy->column;
    for (size_t n = 0; n < relief_lanes; n++)
      to[position][n] = n < filters ? load(pixel + (filter + n) * dy->channel) : broadcast(0);
    transpose(to[position]);
  }
}

// The taps of some channels, of sixteen filters each.
INLINE void column_leaf(const relief_convolution *c, const transposed_gradient dy, size_t block,
                        size_t channel, lanes *leaf, const int channels) {
  lanes sum[column_channels * column_taps];
  UNROLL for (int n = 0; n < channels * column_taps; n++) sum[n] = broadcast(0);
  const float *x = c->input.pixels + block * c->input.block + channel * c->input.channel;
  for (size_t image = 0; image < relief_lanes; image++)
    UNROLL for (int k = 0; k < channels; k++) {
      const float *plane = x + k * c->input.channel + image;
      UNROLL for (int row = 0; row < small_map; row++)
        UNROLL for (int column = 0; column < small_map; column++)
          UNROLL for (int t = 0; t < column_taps; t++) {
            const int r = row + t / 3 - 1, q = column + t % 3 - 1;
            if (r < 0 || r >= small_map || q < 0 || q >= small_map) continue;
            const lanes pixel = broadcast(plane[r * c->input.row + q * c->input.column]);
            sum[k * column_taps + t] =
                FMA(dy[row * small_map + column][image], pixel, sum[k * column_taps + t]);
          }
    }
  UNROLL for (int n = 0; n < channels * column_taps; n++) leaf[n] = sum[n];
}

INLINE void store_columns(const relief_convolution *c, float *partial, size_t filter,
                          size_t channel, const lanes *sum, size_t values) {
  const size_t filters = c->filters - filter < relief_lanes ? c->filters - filter : relief_lanes;
  for (size_t first = 0; first < values; first += relief_lanes) {
    const size_t count = values - first < relief_lanes ? values - first : relief_lanes;
    lanes row[relief_lanes];
    for (size_t n = 0; n < relief_lanes; n++) row[n] = n < count ? sum[first + n] : broadcast(0);
    transpose(row);
    for (size_t f = 0; f < filters; f++)
      store_first(partial + entry_offset(c, filter + f, channel) + first, row[f], count);
  }
}

static void small_map_gradient(const relief_convolution_gradient *gradient) {
  const relief_convolution *c = &gradient->of;
  const relief_tree tree = gradient->tree;
  transposed_gradient dy[tree.blocks];
  lanes stack[tree_depth(tree)][column_channels * column_taps];
  for (size_t filter = 0; filter < c->filters; filter += relief_lanes) {
    const size_t filters = c->filters - filter < relief_lanes ? c->filters - filter : relief_lanes;
    for (size_t b = 0; b < tree.blocks; b++)
      transpose_gradient(dy[b], &c->output, b, filter, filters);
    for (size_t channel = 0, channels; channel < c->entries; channel += channels) {
      channels = c->entries - channel < column_channels ? 1 : column_channels;
      FOR_EACH_BLOCK(tree, b, top) {
        if (channels == column_channels)
          column_leaf(c, dy[b], b, channel, stack[top], column_channels);
        else
          column_leaf(c, dy[b], b, channel, stack[top], 1);
        FOR_EACH_MERGE(tree, b, top)
          for (size_t n = 0; n < channels * column_taps; n++) stack[top - 1][n] += stack[top][n];
      }
      for (size_t p = 0; p < tree.partials; p++)
        store_columns(c, gradient->partials + p * gradient->partial_stride, filter, channel,
                      stack[p], channels * column_taps);
    }
  }
}
