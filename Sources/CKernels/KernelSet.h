// Included once per instruction set, inside that set's `target` attribute.
#pragma clang fp contract(off)
// Every function that takes or returns a vector is inlined, so no call's convention matters.
#pragma clang diagnostic ignored "-Wpsabi"
#include "Lanes.h"

#include "Dense.h"

#include "WeightGradient.h"

#include "Elementwise.h"

static const relief_kernels kernel_set = {
    .name = KERNEL_SET_NAME,
    .full_forward = full_forward,
    .listed_forward = listed_forward,
    .full_backward = full_backward,
    .listed_backward = listed_backward,
    .full_weight_gradient = full_weight_gradient,
    .listed_weight_gradient = listed_weight_gradient,
    .rectify = rectify,
    .rectify_backward = rectify_backward,
    .cross_entropy = cross_entropy,
    .lanes_from_bytes = lanes_from_bytes,
    .absolute_sums = absolute_sums,
    .add = add,
    .adam = adam,
    .sgd = sgd,
    .multiply_add_rounds = multiply_add_rounds,
};
