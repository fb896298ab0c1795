// Convolutions: which tiles serve a pass, and how they walk over blocks, rows and filters.
#pragma once
#include "ConvolutionPanels.h"
#include "ConvolutionTile.h"

// Of a second cache of 1 MB (AMD Zen 4 and 5): input rows that stay there while every filter passes
// over them, and channels whose weights stay there with them.
enum { band_bytes = 384 << 10, channel_chunk = 32 };

// Computes the outputs of one or CONVOLUTION_FILTERS filters in `rows` rows of `blocks` blocks.
typedef struct {
  void (*run)(const relief_convolution *, size_t filter, size_t block, size_t row);
  size_t blocks, rows;
} tile_function;
// The best function first, then what serves rows and blocks that it leaves over.
typedef struct {
  tile_function best, rest;
} tile_functions;

static tile_functions group_functions(const relief_convolution *c) {
  if (CONVOLUTION_HAS_SQUARES && is_padded_map(c, 2))
    return (tile_functions){{group_map_2, 1, 2}, {group_map_2, 1, 2}};
#define ROWS(k, s)                            \
  if (c->kernel_columns == k && c->stride == s) \
    return (tile_functions){{group_row_##k##_##s, 1, 1}, {group_row_##k##_##s, 1, 1}};
  FOR_EACH_ROW_TILE(ROWS)
#undef ROWS
  return (tile_functions){{group_row_any, 1, 1}, {group_row_any, 1, 1}};
}

static tile_functions single_functions(const relief_convolution *c) {
  if (CONVOLUTION_HAS_SQUARES && is_padded_map(c, 2))
    return (tile_functions){{single_maps_2, 4, 2}, {single_map_2, 1, 2}};
  if (CONVOLUTION_HAS_SQUARES && is_padded_map(c, 4))
    return (tile_functions){{single_map_4, 1, 4}, {single_map_4, 1, 4}};
  const bool squares = c->kernel_rows == 3 && c->kernel_columns == 3 && c->stride == 1 &&
                       c->output.width % 4 == 0 && c->first_row >= -2 && c->first_column >= -2 &&
                       c->output.width + c->first_column <= c->input.width &&
                       c->output.height + c->first_row <= c->input.height;
  if (CONVOLUTION_HAS_SQUARES && squares)
    return (tile_functions){{single_squares, 1, 4}, {single_row_3_1, 1, 1}};
#define ROWS(k, s)                            \
  if (c->kernel_columns == k && c->stride == s) \
    return (tile_functions){{single_row_##k##_##s, 1, 1}, {single_row_##k##_##s, 1, 1}};
  FOR_EACH_ROW_TILE(ROWS)
#undef ROWS
  return (tile_functions){{single_row_any, 1, 1}, {single_row_any, 1, 1}};
}

static void run_tiles(const relief_convolution *c, tile_functions functions, size_t filter,
                      size_t block, size_t end_block, size_t row, size_t end_row) {
  while (block < end_block) {
    const bool best = block + functions.best.blocks <= end_block;
    const size_t blocks = best ? functions.best.blocks : functions.rest.blocks;
    for (size_t r = row; r < end_row;) {
      const tile_function function =
          best && r + functions.best.rows <= end_row ? functions.best : functions.rest;
      function.run(c, filter, block, r);
      r += function.rows;
    }
    block += blocks;
  }
}

// Fetches part `part` of `parts` of rows `row ..< row + rows` of some channels ahead of their use.
INLINE void prefetch_rows(const relief_maps *maps, size_t block, size_t channel, size_t channels,
                          size_t row, size_t rows, size_t part, size_t parts) {
  for (size_t n = part * channels * rows / parts; n < (part + 1) * channels * rows / parts; n++) {
    const float *line = maps->pixels + block * maps->block +
                        (channel + n / rows) * maps->channel + (row + n % rows) * maps->row;
    for (size_t column = 0; column < maps->width; column++)
      __builtin_prefetch(line + column * maps->column, 0, 2);
  }
}

// A share of the input that the band after `row ..< row + rows` sees first.
static void prefetch_band(const relief_convolution *c, size_t block, size_t row, size_t rows,
                          size_t part, size_t parts) {
  const bool same_block = row + rows < c->output.height;
  if (!same_block && ++block == c->blocks) return;
  const ptrdiff_t seen = (ptrdiff_t)((row + rows - 1) * c->stride + c->kernel_rows) + c->first_row;
  const size_t start = same_block ? clamped(seen, 0, c->input.height) : 0;
  const size_t end = clamped(start + rows * c->stride, 0, c->input.height);
  prefetch_rows(&c->input, block, 0, c->input_channels, start, end - start, part, parts);
}

// Output rows whose input fits `bytes`, at least as many as a tile has.
INLINE size_t band_rows(const relief_convolution *c, size_t bytes, size_t tile_rows) {
  const size_t fitting = bytes / (c->input_channels * c->input.width * sizeof(lanes));
  if (fitting >= c->input.height) return c->output.height;
  const size_t rows = fitting > c->kernel_rows ? (fitting - c->kernel_rows) / c->stride : 0;
  return rows < tile_rows ? tile_rows : rows - rows % tile_rows;
}

// Bands of output rows (or, of small maps, runs of blocks) are so large that the input they see
// stays in the second cache while every filter passes over it.
static void convolve_channels(const relief_convolution *c) {
  const tile_functions group = group_functions(c), single = single_functions(c);
  const size_t bytes = c->starts ? 2 * band_bytes : band_bytes;
  const size_t block_bytes =
      c->input_channels * c->input.height * c->input.width * sizeof(lanes);
  const size_t run = block_bytes < bytes ? bytes / block_bytes : 1;
  const size_t band = band_rows(c, bytes, c->starts ? single.best.rows : group.best.rows);
  for (size_t block = 0; block < c->blocks; block += run)
    for (size_t row = 0; row < c->output.height; row += band)
      for (size_t filter = 0; filter < c->filters;) {
        const bool together = !c->starts && filter + CONVOLUTION_FILTERS <= c->filters;
        const size_t count = together ? CONVOLUTION_FILTERS : 1;
        if (run == 1)
          prefetch_band(c, block, row, band, filter / count, (c->filters + count - 1) / count);
        const size_t end_block = block + run < c->blocks ? block + run : c->blocks;
        const size_t end_row = row + band < c->output.height ? row + band : c->output.height;
        // What is added to has long left the cache.
        if (c->accumulates && filter + count < c->filters)
          prefetch_rows(&c->output, block, filter + count, 1, row, end_row - row, 0, 1);
        run_tiles(c, together ? group : single, filter, block, end_block, row, end_row);
        filter += count;
      }
}

// Without taps every sum is empty.
static void clear_output(const relief_convolution *c) {
  const relief_maps *y = &c->output;
  for (size_t block = 0; block < c->blocks; block++)
    for (size_t filter = 0; filter < c->filters; filter++)
      for (size_t row = 0; row < y->height; row++)
        for (size_t column = 0; column < y->width; column++)
          store(y->pixels + block * y->block + filter * y->channel + row * y->row +
                    column * y->column, broadcast(0));
}

// A full list is taken some channels at a time, so that these and their weights fit the second
// cache together; the accumulators wait in the output.
static void convolve(const relief_convolution *c, float *scratch) {
  if (has_panels(c))
    return c->starts ? convolve_listed_panels(c, scratch) : convolve_full_panels(c, scratch);
  if (c->kernel_rows == 0 || c->kernel_columns == 0)
    return c->accumulates ? (void)0 : clear_output(c);
  if (c->starts || c->entries <= channel_chunk) return convolve_channels(c);
  for (size_t e = 0; e < c->entries; e += channel_chunk) {
    const bool last = e + channel_chunk >= c->entries;
    relief_convolution chunk = *c;
    chunk.input.pixels += e * c->input.channel;
    chunk.weights += e * c->entry_weights;
    chunk.entries = last ? c->entries - e : channel_chunk;
    chunk.input_channels = chunk.entries;
    chunk.accumulates = c->accumulates || e > 0;
    chunk.biases = last ? c->biases : NULL;
    convolve_channels(&chunk);
  }
}
