#include "CKernels.h"

#if defined(__x86_64__)
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERNEL_SET_NAME "avx2"
// 16 registers of 8 floats: a kernel's lanes take two. 3 × 2 sums, 2 inputs and a weight make 17
// (of which the weight is a memory operand); 2 × 2 sums of a convolution, an input and a weight 12;
// 4 sums of one filter, an input and a weight 12.
#define FORWARD_NEURONS 3
#define FORWARD_BLOCKS 2
#define CONVOLUTION_FILTERS 2
#define CONVOLUTION_COLUMNS 2
#define CONVOLUTION_RUN 4
#define CONVOLUTION_WEIGHTS 6
#define CONVOLUTION_HAS_SQUARES 0
#define WINOGRAD_FILTERS 2
#define WINOGRAD_VECTORS 1
#define WINOGRAD_INPUTS 4
#define GRADIENT_NEURONS 4
#define PEAK_CHAINS 6
#include "KernelSet.h"
#pragma clang attribute pop

const relief_kernels *relief_kernels_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernel_set : NULL;
}
#else
const relief_kernels *relief_kernels_avx2(void) { return NULL; }
#endif
