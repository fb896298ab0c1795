#include "CKernels.h"

#if defined(__x86_64__)
#include <string.h>
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define KERNEL_SET_NAME "avx512"
// 32 registers of 16 floats: a kernel's lanes take one. 6 × 4 sums, 4 inputs and a weight make 29;
// 4 × 4 sums of a convolution, 3 × 4 weights and an input 29; 16 sums of one filter, 3 weights and
// an input 20; 12 neurons' sums, an input and a gradient 14.
#define FORWARD_NEURONS 6
#define FORWARD_BLOCKS 4
#define CONVOLUTION_FILTERS 4
#define CONVOLUTION_COLUMNS 4
#define CONVOLUTION_RUN 16
#define CONVOLUTION_WEIGHTS 20
#define CONVOLUTION_HAS_SQUARES 1
#define WINOGRAD_FILTERS 8
#define WINOGRAD_VECTORS 2
#define WINOGRAD_INPUTS 16
#define GRADIENT_NEURONS 12
#define PEAK_CHAINS 12
#include "KernelSet.h"
#pragma clang attribute pop

const relief_kernels *relief_kernels_avx512(void) {
  bool present = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                 __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                 __builtin_cpu_supports("fma");
  return present ? &kernel_set : NULL;
}
#else
const relief_kernels *relief_kernels_avx512(void) { return NULL; }
#endif
