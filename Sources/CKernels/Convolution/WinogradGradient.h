// Weight gradients of 3×3 convolutions by minimal filtering: the adjoint of the forward product.
//
//   ∂w = Gᵀ [ Σ_tiles (A ∂y Aᵀ) ⊙ (Bᵀ x B) ] G
//
// The vector runs over sixteen filters, so that no lane is folded: each of the 16 sums of a kernel
// is one chain over the tiles of a block in raster order and the images of each.
#pragma once
#include "../Core/Tree.h"
#include "Winograd.h"

enum {
  // Filters and channels whose sums are at work together.
  gradient_cell_channels = 64,
  gradient_tiles = 4,
};

// A along one axis: two numbers become four.
INLINE void winograd_pixels(lanes *to, const lanes *from, const int from_step, const int to_step) {
  to[0] = from[0];
  to[to_step] = from[0] + from[from_step];
  to[2 * to_step] = from[0] - from[from_step];
  to[3 * to_step] = -from[from_step];
}

// W[point][tile][image][filter] = A ∂y Aᵀ of some filters, sixteen a vector.
static void transform_gradients(const relief_maps *maps, const tile_group *run, size_t filter,
                                size_t filters, float *to) {
  const tile_places places = places_of(maps, run);
  const size_t point = point_stride(filters, run->count);
  for (size_t t = 0; t < run->count; t++)
    for (size_t f = 0; f < filters; f += relief_lanes) {
      const float *dy = plane_of(maps, filter + f) + places.here[t];
      const float *ahead = plane_of(maps, filter + f) + places.next[t];
      lanes pixels[4][relief_lanes];
      UNROLL for (int n = 0; n < 4; n++) {
        UNROLL for (int k = 0; k < relief_lanes; k++) {
          const size_t pixel = k * maps->channel + n / 2 * maps->row + n % 2 * maps->column;
          pixels[n][k] = load(dy + pixel);
          __builtin_prefetch(ahead + pixel, 0, 2);
        }
        transpose(pixels[n]);
      }
      for (int image = 0; image < relief_lanes; image++) {
        lanes rows[8], points[winograd_points];
        lanes pixel[4] = {pixels[0][image], pixels[1][image], pixels[2][image], pixels[3][image]};
        UNROLL for (int column = 0; column < 2; column++)
          winograd_pixels(rows + column, pixel + column, 2, 2);
        UNROLL for (int row = 0; row < 4; row++)
          winograd_pixels(points + 4 * row, rows + 2 * row, 1, 1);
        UNROLL for (int n = 0; n < winograd_points; n++)
          store(to + n * point + (t * relief_lanes + image) * filters + f, points[n]);
      }
    }
}

// sums[channel] += Σ_tiles Σ_images W V of one point, for some vectors of filters.
INLINE void gradient_product(float *sums, size_t sums_vector, const float *w, size_t w_image,
                             const float *v, size_t channels, size_t tiles, const int vectors,
                             const int inputs) {
  for (size_t k = 0; k < channels; k += inputs) {
    lanes sum[most_accumulators];
    UNROLL for (int f = 0; f < vectors; f++)
      UNROLL for (int n = 0; n < inputs; n++)
        sum[f * inputs + n] = load(sums + f * sums_vector + (k + n) * relief_lanes);
    for (size_t t = 0; t < tiles; t++)
      for (size_t image = 0; image < relief_lanes; image++) {
        lanes gradient[most_accumulators];
        UNROLL for (int f = 0; f < vectors; f++)
          gradient[f] = load(w + (t * relief_lanes + image) * w_image + f * relief_lanes);
        UNROLL for (int n = 0; n < inputs; n++) {
          const lanes pixel = broadcast(v[((k + n) * tiles + t) * relief_lanes + image]);
          UNROLL for (int f = 0; f < vectors; f++)
            sum[f * inputs + n] = FMA(gradient[f], pixel, sum[f * inputs + n]);
        }
      }
    UNROLL for (int f = 0; f < vectors; f++)
      UNROLL for (int n = 0; n < inputs; n++)
        store(sums + f * sums_vector + (k + n) * relief_lanes, sum[f * inputs + n]);
  }
}

// Gᵀ along one axis: four numbers become three.
INLINE void winograd_taps(lanes *to, const lanes *from, const int from_step, const int to_step) {
  const lanes half = broadcast(0.5f);
  const lanes sum = (from[from_step] + from[2 * from_step]) * half;
  to[0] = from[0] + sum;
  to[to_step] = (from[from_step] - from[2 * from_step]) * half;
  to[2 * to_step] = sum + from[3 * from_step];
}

// leaf[vector][channel][tap] = Gᵀ sums G.
static void transform_sums(const float *sums, size_t kernels, float *leaf) {
  for (size_t n = 0; n < kernels; n++) {
    lanes points[winograd_points], rows[12], taps[9];
    UNROLL for (int p = 0; p < winograd_points; p++)
      points[p] = load(sums + p * point_stride(kernels, 1) + n * relief_lanes);
    UNROLL for (int column = 0; column < 4; column++)
      winograd_taps(rows + column, points + column, 4, 4);
    UNROLL for (int row = 0; row < 3; row++) winograd_taps(taps + 3 * row, rows + 4 * row, 1, 1);
    UNROLL for (int t = 0; t < 9; t++) store(leaf + (n * 9 + t) * relief_lanes, taps[t]);
  }
}

// Some filters and channels, and the memory for their sums.
typedef struct {
  size_t filter, filters, channel, channels;
  float *v, *w, *sums;
} winograd_cell;

static void winograd_leaf(const relief_convolution *c, const winograd_cell *cell, size_t block,
                          float *leaf) {
  const size_t kernels = cell->filters / relief_lanes * cell->channels;
  memset(cell->sums, 0, winograd_points * point_stride(kernels, 1) * sizeof(float));
  tile_group run = tiles_of_blocks(c, block, block + 1);
  for (run.count = gradient_tiles; run.first < run.end; run.first += gradient_tiles) {
    transform_inputs(&c->input, &run, cell->channel, cell->channels, cell->v);
    transform_gradients(&c->output, &run, cell->filter, cell->filters, cell->w);
    for (size_t point = 0; point < winograd_points; point++)
      for (size_t f = 0; f < cell->filters;) {
        float *sums = cell->sums + point * point_stride(kernels, 1) + f * cell->channels;
        const float *v = cell->v + point * point_stride(cell->channels, gradient_tiles);
        const float *w = cell->w + point * point_stride(cell->filters, gradient_tiles) + f;
        const size_t vector = cell->channels * relief_lanes;
        if (WINOGRAD_VECTORS > 1 && f + WINOGRAD_VECTORS * relief_lanes <= cell->filters) {
          gradient_product(sums, vector, w, cell->filters, v, cell->channels, gradient_tiles,
                           WINOGRAD_VECTORS, WINOGRAD_INPUTS / WINOGRAD_VECTORS);
          f += WINOGRAD_VECTORS * relief_lanes;
        } else {
          gradient_product(sums, vector, w, cell->filters, v, cell->channels, gradient_tiles, 1,
                           WINOGRAD_INPUTS);
          f += relief_lanes;
        }
      }
  }
  transform_sums(cell->sums, kernels, leaf);
}

// Sixteen filters' taps of a channel lie side by side: turned into rows of nine.
static void store_taps(const relief_convolution *c, const winograd_cell *cell, const float *leaf,
                       float *partial) {
  for (size_t f = 0; f < cell->filters; f += relief_lanes) {
    panel_entries next = first_entries(c, cell->filter + f, cell->channel);
    for (size_t k = 0; k < cell->channels; k++, leaf += 9 * relief_lanes) {
      lanes row[relief_lanes];
      UNROLL for (int n = 0; n < relief_lanes; n++)
        row[n] = n < 9 ? load(leaf + n * relief_lanes) : broadcast(0);
      transpose(row);
      for (size_t n = 0, entry; n < relief_lanes; n++)
        if (takes_entry(c, &next, n, cell->channel + k, &entry))
          store_first(partial + entry_offset(c, cell->filter + f + n, entry), row[n], 9);
    }
  }
}

static void winograd_cell_gradient(const relief_convolution_gradient *gradient,
                                   const winograd_cell *cell, float *leaves) {
  const relief_convolution *c = &gradient->of;
  const relief_tree tree = gradient->tree;
  const size_t leaf = cell->filters * cell->channels * 9;
  FOR_EACH_BLOCK(tree, b, top) {
    winograd_leaf(c, cell, b, leaves + top * leaf);
    FOR_EACH_MERGE(tree, b, top) add(leaves + (top - 1) * leaf, leaves + top * leaf, leaf);
  }
  for (size_t p = 0; p < tree.partials; p++)
    store_taps(c, cell, leaves + p * leaf, gradient->partials + p * gradient->partial_stride);
}

INLINE size_t cell_size(size_t channels, size_t first) {
  return channels - first < gradient_cell_channels ? channels - first : gradient_cell_channels;
}

enum {
  cell_points = winograd_points * (gradient_cell_channels * gradient_tiles + 1) * relief_lanes,
  cell_sums = winograd_points *
              (gradient_cell_channels * gradient_cell_channels + (int)relief_lanes),
  cell_taps = gradient_cell_channels * gradient_cell_channels * 9,
};

static size_t winograd_gradient_floats(relief_tree tree) {
  return 2 * cell_points + cell_sums + tree_depth(tree) * cell_taps;
}

static void winograd_gradient(const relief_convolution_gradient *gradient, float *scratch) {
  const relief_convolution *c = &gradient->of;
  winograd_cell cell = {.v = scratch, .w = scratch + cell_points, .sums = scratch + 2 * cell_points};
  for (; cell.filter < c->filters; cell.filter += cell.filters) {
    cell.filters = cell_size(c->filters, cell.filter);
    for (cell.channel = 0; cell.channel < c->entries; cell.channel += cell.channels) {
      cell.channels = cell_size(c->entries, cell.channel);
      winograd_cell_gradient(gradient, &cell, cell.sums + cell_sums);
    }
  }
}
