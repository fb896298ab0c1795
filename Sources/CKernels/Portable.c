#include "CKernels.h"

#include <string.h>
#define KERNEL_SET_NAME "portable"
#define FORWARD_NEURONS 2
#define FORWARD_BLOCKS 2
#define PEAK_CHAINS 4
#include "KernelSet.h"

const relief_kernels *relief_kernels_portable(void) { return &kernel_set; }
