// Convolutions of 1×1 kernels, every tap on a real pixel. The channels of a large map lie a power
// of two apart, so that they meet in few sets of the first cache; a panel brings the channels of a
// few output positions together, and every filter passes over it. Sums are those of the tiles.
#pragma once
#include "ConvolutionTile.h"

enum {
  // Positions of a panel of lists: as many as a filter has sums at once; a full list's has a tile.
  panel_listed = CONVOLUTION_RUN < 4 ? CONVOLUTION_RUN : 4,
  most_positions = 32,
  // Channels of a panel of lists: 32 KB of four positions, the first cache.
  panel_channels = 128,
  // How often each must be read on average.
  least_uses = 2,
};

// Where the positions of a panel lie in the first channel of both maps.
typedef struct {
  const float *x[most_positions];
  float *y[most_positions];
} panel_place;

// Lists must be worth it: a panel has all channels, whether they are read or not.
INLINE bool has_panels(const relief_convolution *c) {
  if (c->starts && c->starts[c->filters] < least_uses * c->input_channels) return false;
  return c->kernel_rows == 1 && c->kernel_columns == 1 && c->first_row >= 0 &&
         c->first_column >= 0 &&
         (c->output.height - 1) * c->stride + (size_t)c->first_row < c->input.height &&
         (c->output.width - 1) * c->stride + (size_t)c->first_column < c->input.width;
}

// Positions `first ..< first + positions` of all blocks in raster order, as far as there are any;
// a panel is filled up with its first one, which then comes out the same several times.
INLINE panel_place panel_at(const relief_convolution *c, size_t first, const int positions) {
  const size_t width = c->output.width, height = c->output.height;
  const size_t left = c->blocks * height * width - first;
  size_t column = first % width, row = first / width % height, block = first / width / height;
  panel_place panel;
  for (int p = 0; p < positions; p++) {
    if ((size_t)p >= left) {
      panel.x[p] = panel.x[0];
      panel.y[p] = panel.y[0];
      continue;
    }
    panel.x[p] = c->input.pixels + block * c->input.block +
                 (row * c->stride + (size_t)c->first_row) * c->input.row +
                 (column * c->stride + (size_t)c->first_column) * c->input.column;
    panel.y[p] = c->output.pixels + block * c->output.block + row * c->output.row +
                 column * c->output.column;
    if (++column < width) continue;
    column = 0;
    if (++row < height) continue;
    row = 0;
    block++;
  }
  return panel;
}

// `[channel][position]` of some channels.
INLINE void pack_panel(float *pixels, const relief_convolution *c, const panel_place *panel,
                       size_t channel, size_t channels, const int positions) {
  for (size_t n = 0; n < channels; n++)
    UNROLL for (int p = 0; p < positions; p++)
      store(pixels + (n * positions + p) * relief_lanes,
            load(panel->x[p] + (channel + n) * c->input.channel));
}

INLINE void start_panel(const relief_convolution *c, const panel_place *panel, size_t filter,
                        lanes *sum, const int filters, const int positions) {
  UNROLL for (int n = 0; n < filters * positions; n++) sum[n] = broadcast(0);
  if (!c->accumulates) return;
  UNROLL for (int f = 0; f < filters; f++)
    UNROLL for (int p = 0; p < positions; p++)
      sum[f * positions + p] = load(panel->y[p] + (filter + f) * c->output.channel);
}

INLINE void store_panel(const relief_convolution *c, const panel_place *panel, size_t filter,
                        const lanes *sum, const int filters, const int positions) {
  UNROLL for (int f = 0; f < filters; f++) {
    const lanes bias = broadcast(c->biases ? c->biases[filter + f] : 0);
    UNROLL for (int p = 0; p < positions; p++) {
      const lanes value = sum[f * positions + p];
      store(panel->y[p] + (filter + f) * c->output.channel, c->biases ? value + bias : value);
    }
  }
}

// Some filters of a full list.
INLINE void full_panel(const relief_convolution *c, const panel_place *panel, const float *pixels,
                       size_t filter, const int filters, const int positions) {
  lanes sum[most_accumulators];
  start_panel(c, panel, filter, sum, filters, positions);
  const float *w = c->weights + (ptrdiff_t)filter * c->filter_weights;
  for (size_t e = 0; e < c->entries; e++, w += c->entry_weights) {
    lanes x[most_positions];
    UNROLL for (int p = 0; p < positions; p++) x[p] = load(pixels + p * relief_lanes);
    UNROLL for (int f = 0; f < filters; f++) {
      const lanes weight = broadcast(w[f * c->filter_weights]);
      UNROLL for (int p = 0; p < positions; p++)
        sum[f * positions + p] = FMA(weight, x[p], sum[f * positions + p]);
    }
    pixels += positions * relief_lanes;
  }
  store_panel(c, panel, filter, sum, filters, positions);
}

// A kernel of a list: how far into a panel its channel lies, and its weight.
typedef struct {
  uint32_t place;
  float weight;
} panel_entry;

// One filter of a list.
INLINE void listed_panel(const relief_convolution *c, const panel_place *panel, const float *pixels,
                         size_t filter, const panel_entry *entry, const panel_entry *end,
                         const int positions) {
  lanes sum[most_accumulators];
  start_panel(c, panel, filter, sum, 1, positions);
  for (; entry < end; entry++) {
    const float *x = pixels + entry->place;
    const lanes weight = broadcast(entry->weight);
    UNROLL for (int p = 0; p < positions; p++)
      sum[p] = FMA(weight, load(x + p * relief_lanes), sum[p]);
  }
  store_panel(c, panel, filter, sum, 1, positions);
}

// Fetches what `pack_panel` reads, `count` channels at a time up to channel `last`.
INLINE void prefetch_panel(const relief_convolution *c, const panel_place *panel, size_t *channel,
                           size_t last, size_t count, const int positions) {
  for (size_t end = *channel + count; *channel < end && *channel < last; *channel += 1)
    UNROLL for (int p = 0; p < positions; p++)
      __builtin_prefetch(panel->x[p] + *channel * c->input.channel, 0, 2);
}

INLINE void prefetch_outputs(const relief_convolution *c, const panel_place *panel, size_t filter,
                             const int filters, const int positions) {
  if (filter + filters > c->filters) return;
  UNROLL for (int f = 0; f < filters; f++)
    UNROLL for (int p = 0; p < positions; p++)
      __builtin_prefetch(panel->y[p] + (filter + f) * c->output.channel, 1, 3);
}

INLINE size_t panel_count(const relief_convolution *c) {
  return (c->input_channels + panel_channels - 1) / panel_channels;
}

// Floats to work in: a panel and, of lists, their entries and where these end.
static size_t convolution_floats(const relief_convolution *c) {
  if (!has_panels(c)) return 0;
  if (!c->starts) return c->input_channels * CONVOLUTION_COLUMNS * relief_lanes;
  return panel_channels * panel_listed * relief_lanes + 2 * (size_t)c->starts[c->filters] +
         panel_count(c) * c->filters;
}

// The entries panel by panel, of each filter by filter; `ends` says where those of each end.
static void list_panels(const relief_convolution *c, panel_entry *entries, uint32_t *ends) {
  uint32_t count = 0;
  for (size_t channel = 0; channel < c->input_channels; channel += panel_channels)
    for (size_t filter = 0; filter < c->filters; filter++, *ends++ = count)
      for (size_t e = entry_from(c, filter, channel),
                  end = entry_from(c, filter, channel + panel_channels);
           e < end; e++)
        entries[count++] =
            (panel_entry){(c->channels[e] - (uint32_t)channel) * panel_listed * relief_lanes,
                          c->weights[c->offsets[e]]};
}

// So few channels at a time that their panel stays in the first cache; sums wait in the output.
static void convolve_listed_panels(const relief_convolution *c, float *scratch) {
  panel_entry *entries = (panel_entry *)(scratch + panel_channels * panel_listed * relief_lanes);
  uint32_t *ends = (uint32_t *)(entries + c->starts[c->filters]);
  list_panels(c, entries, ends);
  const size_t positions = c->blocks * c->output.height * c->output.width;
  for (size_t first = 0; first < positions; first += panel_listed) {
    const panel_place panel = panel_at(c, first, panel_listed);
    for (size_t k = 0; k < panel_count(c); k++) {
      const size_t channel = k * panel_channels, rest = c->input_channels - channel;
      const size_t channels = rest < panel_channels ? rest : panel_channels;
      relief_convolution part = *c;
      part.accumulates = c->accumulates || k > 0;
      part.biases = channels == rest ? c->biases : NULL;
      pack_panel(scratch, c, &panel, channel, channels, panel_listed);
      const panel_entry *entry = k ? entries + ends[k * c->filters - 1] : entries;
      for (size_t filter = 0; filter < c->filters; filter++) {
        const panel_entry *end = entries + ends[k * c->filters + filter];
        prefetch_outputs(c, &panel, filter + 2, 1, panel_listed);
        listed_panel(&part, &panel, scratch, filter, entry, end, panel_listed);
        entry = end;
      }
    }
  }
}

static void convolve_full_panels(const relief_convolution *c, float *scratch) {
  const size_t share = CONVOLUTION_FILTERS * (c->entries + c->filters - 1) / c->filters;
  const size_t positions = c->blocks * c->output.height * c->output.width;
  for (size_t first = 0; first < positions; first += CONVOLUTION_COLUMNS) {
    const size_t after = first + CONVOLUTION_COLUMNS;
    const panel_place panel = panel_at(c, first, CONVOLUTION_COLUMNS);
    const panel_place next = panel_at(c, after < positions ? after : 0, CONVOLUTION_COLUMNS);
    size_t fetched = 0, filter = 0;
    pack_panel(scratch, c, &panel, 0, c->entries, CONVOLUTION_COLUMNS);
    for (; filter + CONVOLUTION_FILTERS <= c->filters; filter += CONVOLUTION_FILTERS) {
      prefetch_panel(c, &next, &fetched, c->entries, share, CONVOLUTION_COLUMNS);
      prefetch_outputs(c, &panel, filter + CONVOLUTION_FILTERS, CONVOLUTION_FILTERS,
                       CONVOLUTION_COLUMNS);
      full_panel(c, &panel, scratch, filter, CONVOLUTION_FILTERS, CONVOLUTION_COLUMNS);
    }
    for (; filter < c->filters; filter++)
      full_panel(c, &panel, scratch, filter, 1, CONVOLUTION_COLUMNS);
  }
}
