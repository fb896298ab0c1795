// Weight gradients of 1×1 kernels, every tap on a real pixel, over panels as the passes: a few
// positions of some channels lie together, and the kernels of some filters take them one panel
// after the other, each with an accumulator that waits in memory.
#pragma once
#include "../Core/Tree.h"
#include "ConvolutionPanels.h"

enum {
  gradient_positions = CONVOLUTION_RUN < 16 ? 4 : 8,
  // Of a full list: 128 KB, of a second cache of 1 MB.
  full_positions = 32,
  full_channels = 64,
  // Kernels that have accumulators at once.
  panel_kernels = 8192,
};

// Some filters and the channels that are read together; `starts[f] ..< starts[f + 1]` are the
// accumulators of filter `filter + f`, whose first entry is `entries[f]`.
typedef struct {
  size_t channel, channels, filter, filters;
  size_t starts[panel_kernels + 1], entries[panel_kernels];
} panel_work;

INLINE lanes accumulator(const lanes *sum, bool begins) { return begins ? broadcast(0) : *sum; }

// The kernels of one filter of a list.
INLINE void listed_gradient(const relief_convolution *c, const panel_work *work,
                            const panel_place *panel, const float *pixels, size_t f, lanes *sums,
                            bool begins, const int positions) {
  lanes dy[most_positions];
  UNROLL for (int p = 0; p < positions; p++)
    dy[p] = load(panel->y[p] + (work->filter + f) * c->output.channel);
  const uint32_t *channels = c->channels + work->entries[f];
  lanes *end = sums + work->starts[f + 1];
  for (lanes *sum = sums + work->starts[f]; sum < end; sum++, channels++) {
    const float *x = pixels + (*channels - work->channel) * (size_t)(positions * relief_lanes);
    lanes total = accumulator(sum, begins);
    UNROLL for (int p = 0; p < positions; p++)
      total = FMA(dy[p], load(x + p * relief_lanes), total);
    *sum = total;
  }
}

// Adds a panel to all accumulators, and fetches the next one meanwhile.
INLINE void gradient_panel(const relief_convolution *c, const panel_work *work,
                           const panel_place *panel, const panel_place *next, float *pixels,
                           lanes *sums, bool begins, const int positions) {
  pack_panel(pixels, c, panel, work->channel, work->channels, positions);
  size_t fetched = work->channel;
  const size_t share = (work->channels + work->filters - 1) / work->filters;
  for (size_t f = 0; f < work->filters; f++) {
    prefetch_panel(c, next, &fetched, work->channel + work->channels, share, positions);
    prefetch_outputs(c, panel, work->filter + f + 2, 1, positions);
    listed_gradient(c, work, panel, pixels, f, sums, begins, positions);
  }
}

// Some kernels of some filters of a full list, whose gradients `dy` lie as the panel does.
INLINE void full_gradient(const panel_work *work, const float *dy, const float *x, lanes *sums,
                          bool begins, size_t positions, const int filters, const int inputs) {
  lanes total[most_accumulators];
  UNROLL for (int n = 0; n < filters * inputs; n++)
    total[n] = accumulator(sums + n / inputs * work->channels + n % inputs, begins);
  for (size_t p = 0; p < positions; p++, dy += relief_lanes, x += relief_lanes) {
    lanes pixel[CONVOLUTION_FILTERS];
    UNROLL for (int i = 0; i < inputs; i++)
      pixel[i] = load(x + i * full_positions * relief_lanes);
    UNROLL for (int f = 0; f < filters; f++) {
      const lanes gradient = load(dy + f * full_positions * relief_lanes);
      UNROLL for (int i = 0; i < inputs; i++)
        total[f * inputs + i] = FMA(gradient, pixel[i], total[f * inputs + i]);
    }
  }
  UNROLL for (int n = 0; n < filters * inputs; n++)
    sums[n / inputs * work->channels + n % inputs] = total[n];
}

// Adds a panel to the accumulators of `filters` filters from `f` on.
INLINE void full_filters(const relief_convolution *c, const panel_work *work,
                         const panel_place *panel, const float *pixels, size_t f, lanes *sums,
                         bool begins, size_t positions, const int filters) {
  _Alignas(64) float dy[CONVOLUTION_FILTERS * full_positions * relief_lanes];
  for (int k = 0; k < filters; k++)
    for (size_t p = 0; p < positions; p++)
      store(dy + (k * full_positions + p) * relief_lanes,
            load(panel->y[p] + (work->filter + f + k) * c->output.channel));
  size_t e = 0;
#define TILES(inputs)                                                                         \
  for (; e + inputs <= work->channels; e += inputs)                                           \
    full_gradient(work, dy, pixels + e * full_positions * relief_lanes,                       \
                  sums + f * work->channels + e, begins, positions, filters, inputs);
  TILES(CONVOLUTION_FILTERS) TILES(1)
#undef TILES
}

INLINE void full_panel_gradient(const relief_convolution *c, const panel_work *work,
                                const panel_place *panel, const panel_place *next, float *pixels,
                                lanes *sums, bool begins, size_t positions) {
  for (size_t n = 0; n < work->channels; n++)
    for (size_t p = 0; p < positions; p++)
      store(pixels + (n * full_positions + p) * relief_lanes,
            load(panel->x[p] + (work->channel + n) * c->input.channel));
  size_t f = 0, fetched = work->channel;
  for (; f + CONVOLUTION_FILTERS <= work->filters; f += CONVOLUTION_FILTERS) {
    prefetch_panel(c, next, &fetched, work->channel + work->channels,
                   work->channels * CONVOLUTION_FILTERS / work->filters + 1, full_positions);
    prefetch_outputs(c, panel, work->filter + f + CONVOLUTION_FILTERS, CONVOLUTION_FILTERS,
                     full_positions);
    full_filters(c, work, panel, pixels, f, sums, begins, positions, CONVOLUTION_FILTERS);
  }
  for (; f < work->filters; f++)
    full_filters(c, work, panel, pixels, f, sums, begins, positions, 1);
}

// The folded accumulators of one block.
static void panels_leaf(const relief_convolution *c, const panel_work *work, size_t block,
                        lanes *leaf) {
  const size_t area = c->output.height * c->output.width, first = block * area;
  const size_t kernels = work->starts[work->filters];
  _Alignas(64) float pixels[full_channels * full_positions * relief_lanes];
  lanes sums[panel_kernels];
  size_t n = 0;
  if (!c->starts)
    for (; n < area; n += full_positions) {
      const size_t positions = area - n < full_positions ? area - n : full_positions;
      const panel_place panel = panel_at(c, first + n, full_positions);
      const size_t after = n + full_positions < area ? n + full_positions : 0;
      const panel_place next = panel_at(c, first + after, full_positions);
      full_panel_gradient(c, work, &panel, &next, pixels, sums, n == 0, positions);
    }
#define PANELS(positions)                                                                 \
  for (; n + positions <= area; n += positions) {                                         \
    const size_t after = n + 2 * positions <= area ? n + positions : 0;                   \
    const panel_place panel = panel_at(c, first + n, positions);                          \
    const panel_place next = panel_at(c, first + after, positions);                       \
    gradient_panel(c, work, &panel, &next, pixels, sums, n == 0, positions);              \
  }
  PANELS(gradient_positions) PANELS(1)
#undef PANELS
  for (size_t k = kernels; k % relief_lanes != 0; k++) sums[k] = broadcast(0);
  for (size_t k = 0; k < kernels; k += relief_lanes) {
#define SUM(l) sums[k + l]
    *leaf++ = FOLD_SIXTEEN(SUM);
#undef SUM
  }
}

static void run_panels(const relief_convolution_gradient *gradient, const panel_work *work) {
  const relief_convolution *c = &gradient->of;
  const relief_tree tree = gradient->tree;
  const size_t kernels = work->starts[work->filters];
  lanes stack[tree_depth(tree)][panel_kernels / relief_lanes];
  FOR_EACH_BLOCK(tree, b, top) {
    panels_leaf(c, work, b, stack[top]);
    FOR_EACH_MERGE(tree, b, top)
      for (size_t v = 0; v * relief_lanes < kernels; v++) stack[top - 1][v] += stack[top][v];
  }
  for (size_t p = 0; p < tree.partials; p++) {
    const float *sums = (const float *)stack[p];
    float *partial = gradient->partials + p * gradient->partial_stride;
    for (size_t f = 0; f < work->filters; f++)
      for (size_t n = work->starts[f], e = work->entries[f]; n < work->starts[f + 1]; n++, e++)
        partial[entry_offset(c, work->filter + f, e)] = sums[n];
  }
}

static void panels_gradient(const relief_convolution_gradient *gradient) {
  const relief_convolution *c = &gradient->of;
  const size_t most = c->starts ? panel_channels : full_channels;
  panel_work work;
  for (size_t channel = 0; channel < c->input_channels; channel += most) {
    const size_t rest = c->input_channels - channel;
    work.channel = channel;
    work.channels = rest < most ? rest : most;
    for (work.filter = 0; work.filter < c->filters; work.filter += work.filters) {
      work.starts[0] = work.filters = 0;
      while (work.filter + work.filters < c->filters) {
        const size_t f = work.filters, filter = work.filter + f;
        const size_t entry = entry_from(c, filter, channel);
        const size_t end = entry_from(c, filter, channel + work.channels);
        const size_t after = work.starts[f] + end - entry;
        if (after > panel_kernels || f == panel_kernels) break;
        work.entries[f] = entry;
        work.starts[f + 1] = after;
        work.filters++;
      }
      if (work.starts[work.filters]) run_panels(gradient, &work);
    }
  }
}
