// Included once per instruction set, inside that set's `target` attribute.
#pragma clang fp contract(off)
// Every function that takes or returns a vector is inlined, so no call's convention matters.
#pragma clang diagnostic ignored "-Wpsabi"
#include "../Convolution/Convolution.h"
#include "../Convolution/ConvolutionGradient.h"
#include "../Convolution/Winograd.h"
#include "../Convolution/WinogradGradient.h"
#include "../Core/Fingerprint.h"
#include "../Core/Peak.h"
#include "../Core/Tree.h"
#include "../Dense/Dense.h"
#include "../Dense/DenseGradient.h"
#include "../Pointwise/Activations.h"
#include "../Pointwise/Adam.h"
#include "../Pointwise/BatchNorm.h"
#include "../Pointwise/CrossEntropy.h"
#include "../Pointwise/Images.h"
#include "../Pointwise/Norm.h"
#include "../Pointwise/Planes.h"
#include "../Pointwise/SGD.h"

static const relief_kernels kernel_set = {
    .name = KERNEL_SET_NAME,
    .full_forward = full_forward,
    .listed_forward = listed_forward,
    .full_backward = full_backward,
    .listed_backward = listed_backward,
    .full_weight_gradient = full_weight_gradient,
    .listed_weight_gradient = listed_weight_gradient,
    .convolve = convolve,
    .convolution_floats = convolution_floats,
    .convolution_gradient = convolution_gradient,
    .bias_gradient = bias_gradient,
    .winograd_floats = winograd_floats,
    .winograd_convolve = winograd_convolve,
    .winograd_gradient_floats = winograd_gradient_floats,
    .winograd_gradient = winograd_gradient,
    .cross_entropy = cross_entropy,
    .lanes_from_bytes = lanes_from_bytes,
    .add = add,
    .square_sum = square_sum,
    .scale = scale,
    .adam = adam,
    .sgd = sgd,
    .word_sum = word_sum,
    .fingerprint = fingerprint,
    .max_pool = max_pool,
    .max_pool_backward = max_pool_backward,
    .average_pool = average_pool,
    .plane_clear = plane_clear,
    .plane_fill = plane_fill,
    .plane_add = plane_add,
    .plane_rectify = plane_rectify,
    .plane_rectify_backward = plane_rectify_backward,
    .plane_leak = plane_leak,
    .plane_leak_backward = plane_leak_backward,
    .plane_gelu = plane_gelu,
    .plane_gelu_backward = plane_gelu_backward,
    .plane_silu = plane_silu,
    .plane_silu_backward = plane_silu_backward,
    .plane_absolute_sums = plane_absolute_sums,
    .plane_moments = plane_moments,
    .plane_gradient_moments = plane_gradient_moments,
    .plane_normalise = plane_normalise,
    .plane_combine = plane_combine,
    .multiply_add_rounds = multiply_add_rounds,
};
