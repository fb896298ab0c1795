// Weight gradients of lists of 1×1 kernels, every tap on a real pixel, over panels as the passes:
// a few positions of some channels lie together, and the kernels of some filters take them one
// panel after the other, each with an accumulator that waits in memory.
#pragma once
#include "../Core/Tree.h"
#include "ConvolutionPanels.h"

enum {
  gradient_positions = CONVOLUTION_RUN < 16 ? 4 : 8,
  // Kernels that have accumulators at once.
  panel_kernels = 2048,
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

// The folded accumulators of one block.
static void panels_leaf(const relief_convolution *c, const panel_work *work, size_t block,
                        lanes *leaf) {
  const size_t area = c->output.height * c->output.width, first = block * area;
  const size_t kernels = work->starts[work->filters];
  _Alignas(64) float pixels[panel_channels * gradient_positions * relief_lanes];
  lanes sums[panel_kernels];
  size_t n = 0;
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
  panel_work work;
  for (size_t channel = 0; channel < c->input_channels; channel += panel_channels) {
    const size_t rest = c->input_channels - channel;
    work.channel = channel;
    work.channels = rest < panel_channels ? rest : panel_channels;
    for (work.filter = 0; work.filter < c->filters; work.filter += work.filters) {
      work.starts[0] = work.filters = 0;
      while (work.filter + work.filters < c->filters) {
        const size_t f = work.filters, filter = work.filter + f;
        const size_t entry = entry_from(c, filter, channel);
        const size_t after = work.starts[f] + entry_from(c, filter, channel + work.channels) - entry;
        if (after > panel_kernels || f == panel_kernels) break;
        work.entries[f] = entry;
        work.starts[f + 1] = after;
        work.filters++;
      }
      if (work.starts[work.filters]) run_panels(gradient, &work);
    }
  }
}
