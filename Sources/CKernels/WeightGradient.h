// Weight gradients of dense layers: sixteen connections at a time, folded over lanes block by block
// and summed over blocks in tree order while they are still in registers or the first cache.

enum { deepest_tree = 40 };

INLINE size_t tree_push(lanes *stack, size_t depth, lanes leaf, uint8_t merges) {
  stack[depth++] = leaf;
  for (; merges > 0; merges--) {
    depth--;
    stack[depth - 1] += stack[depth];
  }
  return depth;
}

INLINE float fold_product(const float *a, const float *b) { return fold(load(a) * load(b)); }

// One connection; the rest of a row that does not fill sixteen.
INLINE void weight_gradient_one(float *g, size_t partial_stride, const float *dy, size_t dy_stride,
                                const float *x, size_t x_stride, relief_tree tree) {
  float stack[deepest_tree];
  size_t depth = 0;
  for (size_t b = 0; b < tree.blocks; b++) {
    stack[depth++] = fold_product(dy + b * dy_stride, x + b * x_stride);
    for (uint8_t m = tree.merges[b]; m > 0; m--) {
      depth--;
      stack[depth - 1] += stack[depth];
    }
  }
  for (size_t p = 0; p < tree.partials; p++) g[p * partial_stride] = stack[p];
}

static void full_weight_gradient(float *g, size_t partial_stride, const float *dy,
                                 size_t dy_stride, const float *x, size_t x_stride, size_t neurons,
                                 size_t connections, relief_tree tree) {
  size_t i = 0;
  for (; i + relief_lanes <= connections; i += relief_lanes)
    for (size_t j = 0; j < neurons; j++) {
      lanes stack[deepest_tree];
      size_t depth = 0;
      for (size_t b = 0; b < tree.blocks; b++) {
        const lanes d = load(dy + b * dy_stride + j * relief_lanes);
        const float *row = x + b * x_stride + i * relief_lanes;
#define PRODUCT(n) (load(row + (n) * relief_lanes) * d)
        depth = tree_push(stack, depth, FOLD_SIXTEEN(PRODUCT), tree.merges[b]);
#undef PRODUCT
      }
      for (size_t p = 0; p < tree.partials; p++)
        store_unaligned(g + p * partial_stride + j * connections + i, stack[p]);
    }
  for (size_t j = 0; j < neurons; j++)
    for (size_t k = i; k < connections; k++)
      weight_gradient_one(g + j * connections + k, partial_stride, dy + j * relief_lanes,
                          dy_stride, x + k * relief_lanes, x_stride, tree);
}

static void listed_weight_gradient(float *g, size_t partial_stride, const float *dy,
                                   size_t dy_stride, const float *x, size_t x_stride,
                                   relief_rows rows, size_t neurons, relief_tree tree) {
  for (size_t j = 0; j < neurons; j++) {
    uint32_t k = rows.starts[j];
    const uint32_t end = rows.starts[j + 1];
    for (; k + relief_lanes <= end; k += relief_lanes) {
      const uint32_t *list = rows.columns + k;
      lanes stack[deepest_tree];
      size_t depth = 0;
      for (size_t b = 0; b < tree.blocks; b++) {
        const lanes d = load(dy + b * dy_stride + j * relief_lanes);
        const float *base = x + b * x_stride;
#define PRODUCT(n) (load(base + (size_t)list[n] * relief_lanes) * d)
        depth = tree_push(stack, depth, FOLD_SIXTEEN(PRODUCT), tree.merges[b]);
#undef PRODUCT
      }
      for (size_t p = 0; p < tree.partials; p++)
        store_unaligned(g + p * partial_stride + k, stack[p]);
    }
    for (; k < end; k++)
      weight_gradient_one(g + k, partial_stride, dy + j * relief_lanes, dy_stride,
                          x + (size_t)rows.columns[k] * relief_lanes, x_stride, tree);
  }
}
