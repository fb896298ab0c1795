// Weight gradients of convolutions: the accumulators of a block are folded over lanes sixteen at a
// time and pushed on the tree over blocks.
#pragma once
#include "../Core/Tree.h"
#include "ConvolutionGradientColumns.h"
#include "ConvolutionGradientPanels.h"
#include "ConvolutionGradientTile.h"

enum {
  gradient_groups = gradient_values / relief_lanes,
  gradient_at_once = 36,
  // Of a first cache of 32 to 48 KB and a second one of 1 MB (AMD Zen 4 and 5).
  gradient_band_bytes = 48 << 10,
  gradient_cache_bytes = 512 << 10,
  shortest_band = 8,
  narrow_band = 64,
  large_map = 1024,
};
typedef lanes gradient_leaf[gradient_groups];

// Cells that read the same channels walk over the blocks together: band by band, so that the rows
// of these channels are read from the second cache.
typedef struct {
  size_t channel, channels, band, count, filters;
  gradient_cell cells[gradient_at_once];
} gradient_work;

// The accumulators of one block, for output rows `row ..< end`.
static void cell_rows(const relief_convolution *c, const gradient_cell *cell, lanes *sums,
                      size_t block, size_t row, size_t end) {
  for (size_t filter = 0, filters; filter < cell->filters; filter += filters)
    for (size_t e = 0; e < cell->entries;) {
      const gradient_function function =
          gradient_function_for(c, cell->filters - filter, cell->entries - e);
      function.rows(c, cell, filter, &e, sums, block, row, end);
      filters = function.filters;
    }
}

INLINE void fold_sums(lanes *leaf, lanes *sum, size_t values) {
  for (size_t n = values; n % relief_lanes != 0; n++) sum[n] = broadcast(0);
  for (size_t n = 0; n < values; n += relief_lanes, sum += relief_lanes) {
#define SUM(k) sum[k]
    *leaf++ = FOLD_SIXTEEN(SUM);
#undef SUM
  }
}

// A share of the rows of the input that the band after the one up to output row `end` sees first.
static void prefetch_next_band(const relief_convolution *c, const gradient_work *work, size_t block,
                               size_t end, size_t part) {
  const size_t seen = end * c->stride, rows = work->band * c->stride;
  if (end == c->output.height || seen >= c->input.height) return;
  prefetch_rows(&c->input, block, work->channel, work->channels, seen,
                seen + rows < c->input.height ? rows : c->input.height - seen, part, work->count);
}

// The folded taps of one block, filter by filter. Where there is one band, every cell uses the same
// accumulators, which then stay in the first cache.
static void work_leaf(const relief_convolution *c, const gradient_work *work, size_t block,
                      gradient_leaf *leaf) {
  const size_t taps = c->kernel_rows * c->kernel_columns, height = c->output.height;
  lanes sums[gradient_at_once][gradient_values];
  for (size_t row = 0; row < height; row += work->band) {
    const size_t end = row + work->band < height ? row + work->band : height;
    for (size_t n = 0, f = 0; n < work->count; n++) {
      const gradient_cell *cell = &work->cells[n];
      lanes(*cell_sums)[gradient_values] = &sums[work->band < height ? f : 0];
      prefetch_next_band(c, work, block, end, n);
      cell_rows(c, cell, *cell_sums, block, row, end);
      for (size_t k = 0; k < cell->filters; k++, f++)
        if (end == height) fold_sums(leaf[f], cell_sums[k], cell->entries * taps);
    }
  }
}

static void run_work(const relief_convolution_gradient *gradient, gradient_work *work) {
  const relief_convolution *c = &gradient->of;
  const relief_tree tree = gradient->tree;
  const size_t taps = c->kernel_rows * c->kernel_columns;
  gradient_leaf stack[tree_depth(tree)][gradient_at_once];
  FOR_EACH_BLOCK(tree, b, top) {
    work_leaf(c, work, b, stack[top]);
    FOR_EACH_MERGE(tree, b, top)
      for (size_t n = 0, f = 0; n < work->count; n++)
        for (size_t k = 0; k < work->cells[n].filters; k++, f++)
          for (size_t v = 0; v * relief_lanes < work->cells[n].entries * taps; v++)
            stack[top - 1][f][v] += stack[top][f][v];
  }
  for (size_t p = 0; p < tree.partials; p++)
    for (size_t n = 0, f = 0; n < work->count; n++) {
      const gradient_cell *cell = &work->cells[n];
      for (size_t k = 0; k < cell->filters; k++, f++)
        memcpy(gradient->partials + p * gradient->partial_stride +
                   entry_offset(c, cell->filter + k, cell->entry),
               stack[p][f], cell->entries * taps * sizeof(float));
    }
  work->count = work->filters = 0;
}

// Channels that are read together: so many that all blocks of them stay in the second cache, or a
// band of them does. Lists need more, as they use few.
INLINE size_t gradient_channels(const relief_convolution *c, size_t cell_entries, size_t blocks) {
  const size_t row_bytes = c->input.width * sizeof(lanes);
  const size_t all = gradient_cache_bytes / (c->input.height * row_bytes) / blocks;
  const size_t band = (shortest_band * c->stride + c->kernel_rows) * row_bytes;
  const size_t few = c->starts ? gradient_cache_bytes / band : cell_entries;
  const size_t channels = all > few ? all : few < 1 ? 1 : few;
  return channels < c->input_channels ? channels : c->input_channels;
}

// A band is not shorter, for what every band begins and ends with; 1×1 kernels see no more rows
// than they write.
INLINE size_t fewest_rows(const relief_convolution *c) {
  if (c->kernel_rows > 1) return shortest_band;
  const size_t rows = narrow_band / c->output.width;
  return rows > shortest_band ? shortest_band : rows < 1 ? 1 : rows;
}

// Output rows of which the input stays in the second cache and the gradient in the first.
INLINE size_t gradient_band(const relief_convolution *c, size_t channels, size_t filters) {
  const size_t x = gradient_cache_bytes / (channels * c->input.width * sizeof(lanes));
  const size_t dy = gradient_band_bytes / (c->output.width * sizeof(lanes) * filters);
  const size_t seen = x > c->kernel_rows ? (x - c->kernel_rows) / c->stride : 0;
  const size_t rows = seen < dy ? seen : dy;
  return x >= c->input.height && dy >= c->output.height ? c->output.height
         : rows < fewest_rows(c)                        ? fewest_rows(c)
                                                        : rows;
}

// Whether weight gradients go by panels: those of lists, and of maps that bands would read from
// memory again and again.
static bool suits_panels(const relief_convolution *c) {
  const bool is_large = c->output.height * c->output.width > large_map;
  return has_panels(c) && (c->starts || c->stride > 1 || is_large);
}

static void convolution_gradient(const relief_convolution_gradient *gradient) {
  const relief_convolution *c = &gradient->of;
  const relief_tree tree = gradient->tree;
  if (tree.blocks == 0) return;
  if (suits_panels(c)) return panels_gradient(gradient);
  if (!c->starts && is_padded_map(c, small_map)) return small_map_gradient(gradient);
  const size_t taps = c->kernel_rows * c->kernel_columns;
  const size_t whole = gradient_values / (taps * relief_lanes) * relief_lanes;
  const size_t most = whole ? whole : gradient_values / taps;
  const size_t step = gradient_channels(c, most, tree.blocks);
  gradient_work work = {0};
  for (size_t channel = 0; channel < c->input_channels; channel += step) {
    const size_t after = channel + step < c->input_channels ? channel + step : c->input_channels;
    work.channel = channel;
    work.channels = after - channel;
    for (size_t filter = 0, filters; filter < c->filters; filter += filters) {
      filters = c->starts ? 1 : gradient_function_for(c, c->filters - filter, most).filters;
      work.band = gradient_band(c, work.channels, filters);
      const size_t end = entry_from(c, filter, after);
      for (size_t e = entry_from(c, filter, channel); e < end; e += most) {
        work.cells[work.count++] =
            (gradient_cell){filter, filters, e, e + most < end ? most : end - e};
        work.filters += filters;
        if (work.filters + gradient_filters > gradient_at_once)
          run_work(gradient, &work);
      }
    }
    if (work.count) run_work(gradient, &work);
  }
}

// The gradient of a filter's bias is the sum of its output gradient. Four chains hide the latency
// of an addition.
static void bias_gradient(const relief_maps *dy, size_t filters, const uint32_t *offsets, float *g,
                          size_t partial_stride, relief_tree tree) {
  enum { chains = 4 };
  for (size_t filter = 0; filter < filters; filter += chains) {
    const size_t used = filters - filter < chains ? filters - filter : chains;
    float stack[deepest_tree][chains];
    FOR_EACH_BLOCK(tree, b, top) {
      lanes sum[chains] = {{0}};
      const float *plane = dy->pixels + b * dy->block + filter * dy->channel;
      for (size_t row = 0; row < dy->height; row++)
        for (size_t column = 0; column < dy->width; column++)
          UNROLL for (size_t f = 0; f < chains; f++)
            sum[f] += load(plane + (f < used ? f : 0) * dy->channel + row * dy->row +
                           column * dy->column);
      for (size_t f = 0; f < chains; f++) stack[top][f] = fold(sum[f]);
      FOR_EACH_MERGE(tree, b, top)
        for (size_t f = 0; f < chains; f++) stack[top - 1][f] += stack[top][f];
    }
    for (size_t p = 0; p < tree.partials; p++)
      for (size_t f = 0; f < used; f++)
        if (offsets[filter + f] != relief_no_bias)
          g[p * partial_stride + offsets[filter + f]] = stack[p][f];
  }
}
