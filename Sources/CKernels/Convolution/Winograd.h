// 3×3 convolutions with stride 1 and padding 1 by minimal filtering, F(2×2, 3×3): an output tile of
// 2×2 takes 16 products a channel instead of 36 (Winograd 1980; Lavin and Gray 2016, section 4.1).
//
//   y = Aᵀ [ Σ_channels (G w Gᵀ) ⊙ (Bᵀ x B) ] A
//
// What is between the brackets is 16 sums, one a point: point (i, j) of a tile depends on point (i,
// j) of its channels alone. Each is one chain of fused multiply-adds, channels ascending. A kernel
// that a list lacks is 0.
#pragma once
#include "ConvolutionPlace.h"

enum {
  winograd_points = 16,
  most_tiles = 16,
};

// Tiles of a layer's maps, block by block in raster order: `row` of them make up a map's row, `map`
// a map. Those at hand are `first ..< first + count` of those before `end`.
typedef struct {
  size_t first, count, end, row, map;
} tile_group;

static tile_group tiles_of_blocks(const relief_convolution *c, size_t block, size_t end) {
  const size_t row = c->output.width / 2, map = row * (c->output.height / 2);
  return (tile_group){block * map, 0, end * map, row, map};
}

// Where the tiles of a run begin in channel 0.
INLINE void place_tiles(size_t *offsets, const relief_maps *maps, const tile_group *run) {
  for (size_t t = 0; t < run->count; t++) {
    const size_t n = (run->first + t) % run->map, block = (run->first + t) / run->map;
    offsets[t] = block * maps->block + 2 * (n / run->row) * maps->row +
                 2 * (n % run->row) * maps->column;
  }
}

// Where the tiles of a run begin, and those of the run after it, which are fetched ahead.
typedef struct {
  size_t here[most_tiles], next[most_tiles];
} tile_places;

INLINE tile_places places_of(const relief_maps *maps, const tile_group *run) {
  tile_places places;
  tile_group next = *run;
  if (next.first + 2 * next.count <= next.end) next.first += next.count;
  place_tiles(places.here, maps, run);
  place_tiles(places.next, maps, &next);
  return places;
}

// Floats from one point's numbers to the next one's: never a multiple of a page, lest points share
// a set of the first cache.
INLINE size_t point_stride(size_t channels, size_t tiles) {
  return (channels * tiles + 1) * relief_lanes;
}

// Bᵀ along one axis: four numbers that lie `step` apart.
INLINE void winograd_input(lanes *to, const lanes *from, const int step) {
  to[0] = from[0] - from[2 * step];
  to[step] = from[step] + from[2 * step];
  to[2 * step] = from[2 * step] - from[step];
  to[3 * step] = from[step] - from[3 * step];
}

// V[point][channel][tile] = Bᵀ x B of some channels; the halo is the padding.
static void transform_inputs(const relief_maps *maps, const tile_group *run, size_t channel,
                             size_t channels, float *to) {
  const tile_places places = places_of(maps, run);
  const size_t point = point_stride(channels, run->count);
  for (size_t k = 0; k < channels; k++) {
    const float *plane = plane_of(maps, channel + k) - maps->row - maps->column;
    for (size_t t = 0; t < run->count; t++, to += relief_lanes) {
      const float *x = plane + places.here[t];
      UNROLL for (int n = 0; n < 8; n++)
        __builtin_prefetch(
            plane + places.next[t] + n / 2 * maps->row + (n % 2 + 2) * maps->column, 0, 2);
      lanes pixels[winograd_points], rows[winograd_points], points[winograd_points];
      UNROLL for (int n = 0; n < winograd_points; n++)
        pixels[n] = load(x + n / 4 * maps->row + n % 4 * maps->column);
      UNROLL for (int column = 0; column < 4; column++)
        winograd_input(rows + column, pixels + column, 4);
      UNROLL for (int row = 0; row < 4; row++)
        winograd_input(points + 4 * row, rows + 4 * row, 1);
      UNROLL for (int n = 0; n < winograd_points; n++) store(to + n * point, points[n]);
    }
  }
}

// G along one axis: three numbers become four.
INLINE void winograd_weights(lanes *to, const lanes *from, const int from_step, const int to_step) {
  const lanes half = broadcast(0.5f);
  const lanes outer = from[0] + from[2 * from_step];
  to[0] = from[0];
  to[to_step] = (outer + from[from_step]) * half;
  to[2 * to_step] = (outer - from[from_step]) * half;
  to[3 * to_step] = from[2 * from_step];
}

// G w Gᵀ of sixteen kernels, a lane each. Nine taps lie in one run, in the order of a kernel or
// turned round.
INLINE void transform_kernels(const relief_convolution *c, const float *const *kernels,
                              lanes *points) {
  const bool turned = c->tap_column < 0;
  lanes kernel[relief_lanes], taps[9], rows[12];
  UNROLL for (int n = 0; n < relief_lanes; n++)
    kernel[n] = load_first(kernels[n] + (turned ? 2 * (c->tap_row + c->tap_column) : 0), 9);
  transpose(kernel);
  UNROLL for (int n = 0; n < 9; n++) taps[n] = kernel[turned ? 8 - n : n];
  UNROLL for (int column = 0; column < 3; column++)
    winograd_weights(rows + column, taps + column, 3, 3);
  UNROLL for (int row = 0; row < 4; row++)
    winograd_weights(points + 4 * row, rows + 3 * row, 1, 1);
}

// Filters are taken sixteen at a time; those beyond the last are 0, and nobody's.
INLINE size_t panel_filters(const relief_convolution *c) {
  return (c->filters + relief_lanes - 1) / relief_lanes * relief_lanes;
}

// The entries of sixteen filters that are next, as channels are taken in order.
typedef struct {
  size_t filter, entries[relief_lanes];
} panel_entries;

INLINE panel_entries first_entries(const relief_convolution *c, size_t filter, size_t channel) {
  panel_entries next = {.filter = filter};
  for (size_t f = 0; f < relief_lanes && filter + f < c->filters; f++)
    next.entries[f] = entry_from(c, filter + f, channel);
  return next;
}

// The entry of filter `f` of the panel that reads `channel`, if it has one; it is passed then.
INLINE bool takes_entry(const relief_convolution *c, panel_entries *next, size_t f, size_t channel,
                        size_t *entry) {
  if (next->filter + f >= c->filters) return false;
  *entry = next->entries[f];
  const bool reads = !c->starts || (*entry < end_entry(c, next->filter + f) &&
                                    c->channels[*entry] == channel);
  next->entries[f] += reads;
  return reads;
}

// U[panel][point][channel][filter of the panel].
static void transform_weights(const relief_convolution *c, float *to) {
  static const float zeros[9];
  const float *none = zeros + (c->tap_column < 0 ? 8 : 0);
  for (size_t filter = 0; filter < c->filters; filter += relief_lanes) {
    panel_entries next = first_entries(c, filter, 0);
    for (size_t e = 0; e < c->entries; e++) {
      const float *kernels[relief_lanes];
      lanes points[winograd_points];
      for (size_t f = 0, entry; f < relief_lanes; f++)
        kernels[f] = takes_entry(c, &next, f, e, &entry) ? entry_weights(c, filter + f, entry) : none;
      transform_kernels(c, kernels, points);
      UNROLL for (int n = 0; n < winograd_points; n++)
        store(to + ((filter / relief_lanes * winograd_points + n) * c->entries + e) * relief_lanes,
              points[n]);
    }
  }
}

// M[filter][tile] = Σ_channels U[channel][filter] V[channel][tile] of one point and sixteen
// filters.
static void winograd_product(float *sums, const float *u, const float *v, size_t channels,
                             size_t tiles) {
  enum { filters = WINOGRAD_FILTERS, columns = 2 };
  for (size_t t = 0; t < tiles; t += columns)
    for (size_t filter = 0; filter < relief_lanes; filter += filters) {
      lanes sum[filters * columns];
      UNROLL for (int n = 0; n < filters * columns; n++) sum[n] = broadcast(0);
      for (size_t k = 0; k < channels; k++) {
        lanes pixel[columns];
        UNROLL for (int p = 0; p < columns; p++)
          pixel[p] = load(v + (k * tiles + t + p) * relief_lanes);
        UNROLL for (int n = 0; n < filters; n++) {
          const lanes weight = broadcast(u[k * relief_lanes + filter + n]);
          UNROLL for (int p = 0; p < columns; p++)
            sum[n * columns + p] = FMA(weight, pixel[p], sum[n * columns + p]);
        }
      }
      UNROLL for (int n = 0; n < filters; n++)
        UNROLL for (int p = 0; p < columns; p++)
          store(sums + ((filter + n) * tiles + t + p) * relief_lanes, sum[n * columns + p]);
    }
}

// Aᵀ along one axis: four numbers become two.
INLINE void winograd_output(lanes *to, const lanes *from, const int from_step, const int to_step) {
  to[0] = (from[0] + from[from_step]) + from[2 * from_step];
  to[to_step] = (from[from_step] - from[2 * from_step]) - from[3 * from_step];
}

// y = Aᵀ M A, added to what y holds where the convolution accumulates.
static void transform_outputs(const relief_convolution *c, const tile_group *run, const float *sums) {
  const relief_maps *maps = &c->output;
  const size_t point = point_stride(panel_filters(c), run->count);
  size_t offsets[most_tiles];
  place_tiles(offsets, maps, run);
  for (size_t filter = 0; filter < c->filters; filter++) {
    const lanes bias = broadcast(c->biases ? c->biases[filter] : 0);
    for (size_t t = 0; t < run->count; t++, sums += relief_lanes) {
      float *y = maps->pixels + filter * maps->channel + offsets[t];
      lanes points[winograd_points], rows[8], pixels[4];
      UNROLL for (int n = 0; n < winograd_points; n++) points[n] = load(sums + n * point);
      UNROLL for (int column = 0; column < 4; column++)
        winograd_output(rows + column, points + column, 4, 4);
      UNROLL for (int row = 0; row < 2; row++)
        winograd_output(pixels + 2 * row, rows + 4 * row, 1, 1);
      UNROLL for (int n = 0; n < 4; n++) {
        float *pixel = y + n / 2 * maps->row + n % 2 * maps->column;
        if (c->biases) pixels[n] += bias;
        if (c->accumulates) pixels[n] += load(pixel);
        store(pixel, pixels[n]);
      }
    }
  }
}

// Tiles that are transformed together: so many that the weights are read seldom, so few that a
// point's sums stay in the second cache.
INLINE size_t tiles_at_once(size_t channels) { return channels > 256 ? 16 : channels > 64 ? 8 : 4; }

// Where a convolution's transformed weights, inputs and sums lie.
typedef struct {
  size_t tiles, inputs, sums, floats;
} winograd_layout;

static winograd_layout winograd_layout_of(const relief_convolution *c) {
  const size_t tiles = tiles_at_once(c->entries > c->filters ? c->entries : c->filters);
  const size_t inputs = winograd_points * c->entries * panel_filters(c);
  const size_t sums = inputs + winograd_points * point_stride(c->entries, tiles);
  return (winograd_layout){tiles, inputs, sums,
                           sums + winograd_points * point_stride(panel_filters(c), tiles)};
}

static size_t winograd_floats(const relief_convolution *c) { return winograd_layout_of(c).floats; }

static void winograd_convolve(const relief_convolution *c, float *scratch) {
  const winograd_layout layout = winograd_layout_of(c);
  float *v = scratch + layout.inputs, *sums = scratch + layout.sums;
  transform_weights(c, scratch);
  tile_group run = tiles_of_blocks(c, 0, c->blocks);
  for (; run.first < run.end; run.first += layout.tiles) {
    run.count = run.end - run.first < layout.tiles ? run.end - run.first : layout.tiles;
    transform_inputs(&c->input, &run, 0, c->entries, v);
    for (size_t point = 0; point < winograd_points; point++)
      for (size_t filter = 0; filter < c->filters; filter += relief_lanes)
        winograd_product(sums + point * point_stride(panel_filters(c), run.count) +
                             filter * run.count * relief_lanes,
                         scratch + (filter * winograd_points + point * relief_lanes) * c->entries,
                         v + point * point_stride(c->entries, run.count), c->entries, run.count);
    transform_outputs(c, &run, sums);
  }
}
