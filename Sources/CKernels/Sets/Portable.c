#include "CKernels.h"

#include <string.h>
#define KERNEL_SET_NAME "portable"
#ifndef __FP_FAST_FMAF
#define UNROLL  // a call for every multiply-add: unrolling would only swell the code
#endif
// 16 registers of 4 floats at the least: a kernel's lanes take four, so the fewest sums that share
// an input.
#define FORWARD_NEURONS 2
#define FORWARD_BLOCKS 2
#define CONVOLUTION_FILTERS 2
#define CONVOLUTION_COLUMNS 2
#define CONVOLUTION_RUN 2
#define CONVOLUTION_WEIGHTS 10
#define CONVOLUTION_HAS_SQUARES 0
#define WINOGRAD_FILTERS 2
#define WINOGRAD_VECTORS 1
#define WINOGRAD_INPUTS 4
#define GRADIENT_NEURONS 4
#define PEAK_CHAINS 4
#include "KernelSet.h"

const relief_kernels *relief_kernels_portable(void) { return &kernel_set; }
