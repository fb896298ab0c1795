// Sums over lane blocks in the order of the tree (`relief_tree`). A stack holds the sums under way:
//
//   FOR_EACH_BLOCK(tree, b, top) {
//     stack[top] = …;                                            the block's own sum
//     FOR_EACH_MERGE(tree, b, top) stack[top - 1] += stack[top];
//   }
//
// After the last block `stack[0]` to `stack[tree.partials - 1]` are what is left.
#pragma once
#include "Lanes.h"

#define FOR_EACH_BLOCK(tree, block, top) \
  for (size_t block = 0, top = 0; block < (tree).blocks; block++, top++)
#define FOR_EACH_MERGE(tree, block, top) \
  for (uint8_t merges = (tree).merges[block]; merges > 0; merges--, top--)

// Sums on a stack at a time, of any tree that fits memory.
enum { deepest_tree = 40 };

// Sums on the stack of this tree at a time.
INLINE size_t tree_depth(relief_tree tree) {
  size_t most = 1;
  FOR_EACH_BLOCK(tree, b, top) {
    if (top + 1 > most) most = top + 1;
    top -= tree.merges[b];
  }
  return most;
}

// sum += other, number by number.
static void add(float *sum, const float *other, size_t count) {
  size_t k = 0;
  for (; k + relief_lanes <= count; k += relief_lanes)
    store_unaligned(sum + k, load_unaligned(sum + k) + load_unaligned(other + k));
  for (; k < count; k++) sum[k] += other[k];
}
