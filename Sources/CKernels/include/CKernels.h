// Micro-kernels over lane blocks: 16 images side by side, float32, 64-byte aligned.
//
// An activation of `blocks` lane blocks is `float[blocks][features][16]`; consecutive blocks lie
// `..._stride` floats apart. A dense layer sees its input with one feature more than it has inputs:
// the last one is the constant 1, so that a bias is the connection from that feature, and the
// connections of a neuron are its surviving inputs in ascending order, the bias last.
//
// Every kernel set gives the same bits: each accumulation has one order (connections ascending;
// lanes folded +8, +4, +2, +1; lane blocks as the tree says) and every product that is added is a
// fused multiply-add unless it feeds a fold.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { relief_lanes = 16 };

/// How the sums of a run of lane blocks are combined: after block `b` is pushed, the two topmost
/// partial sums are added `merges[b]` times. What is left on the stack are the `partials`.
typedef struct {
  const uint8_t *merges;
  size_t blocks;
  size_t partials;
} relief_tree;

/// The surviving connections of a dense layer, per neuron j: `columns[starts[j] ..< starts[j + 1]]`.
typedef struct {
  const uint32_t *starts;
  const uint32_t *columns;
} relief_rows;

/// The same connections per input i: neuron `neurons[k]`, weight `positions[k]`,
/// for k in `starts[i] ..< starts[i + 1]`.
typedef struct {
  const uint32_t *starts;
  const uint32_t *neurons;
  const uint32_t *positions;
} relief_columns;

typedef struct {
  float weight_decay, beta2, epsilon;
  /// 1 - beta1 and 1 - beta2.
  float beta1_rest, beta2_rest;
  /// learning rate / (1 - beta1^t) and sqrt(1 - beta2^t) at step t, counted from 1.
  float step_size, correction2_root;
} relief_adam;

typedef struct {
  float learning_rate, weight_decay, momentum;
  bool first;
} relief_sgd;

typedef struct {
  const char *name;

  /// y[b][j] = Σ_i w[j][i] x[b][i] over all `connections` (inputs and the constant) of each neuron.
  void (*full_forward)(float *y, size_t y_stride, const float *x, size_t x_stride, const float *w,
                       size_t neurons, size_t connections, size_t blocks);
  /// The same over the listed connections; weights in list order.
  void (*listed_forward)(float *y, size_t y_stride, const float *x, size_t x_stride, const float *w,
                         relief_rows rows, size_t neurons, size_t blocks);

  /// dx[b][i] = Σ_j w[j][i] dy[b][j] for the `inputs` first connections.
  void (*full_backward)(float *dx, size_t dx_stride, const float *dy, size_t dy_stride,
                        const float *w, size_t neurons, size_t connections, size_t inputs,
                        size_t blocks);
  void (*listed_backward)(float *dx, size_t dx_stride, const float *dy, size_t dy_stride,
                          const float *w, relief_columns columns, size_t inputs, size_t blocks);

  /// g[p][j][i] = Σ_lanes dy[b][j] x[b][i], summed over blocks as `tree` says; partial p lies
  /// `partial_stride` floats behind partial p - 1.
  void (*full_weight_gradient)(float *g, size_t partial_stride, const float *dy, size_t dy_stride,
                               const float *x, size_t x_stride, size_t neurons, size_t connections,
                               relief_tree tree);
  void (*listed_weight_gradient)(float *g, size_t partial_stride, const float *dy, size_t dy_stride,
                                 const float *x, size_t x_stride, relief_rows rows, size_t neurons,
                                 relief_tree tree);

  /// x = x <= 0 ? 0 : x, so that a NaN stays.
  void (*rectify)(float *x, size_t count);
  /// dy = y <= 0 ? 0 : dy.
  void (*rectify_backward)(float *dy, const float *y, size_t count);

  /// Softmax cross-entropy of one block: `loss[lane]` and `right[lane]` for the first `used` lanes
  /// (0 for the others); with `gradient`, dlogits = (softmax - onehot) · scale, 0 in empty lanes.
  void (*cross_entropy)(float *gradient, const float *logits, const int32_t *labels, size_t used,
                        size_t classes, float scale, float *loss, int32_t *right);

  /// x[p][lane] = images[lane][p] / 255 for the first `used` lanes, 0 in the others.
  void (*lanes_from_bytes)(float *x, const uint8_t *const *images, size_t used, size_t pixels);
  /// sums[f] = Σ over the first `used` lanes of |x[f][lane]|.
  void (*absolute_sums)(double *sums, const float *x, size_t features, size_t used);

  void (*add)(float *sum, const float *other, size_t count);
  void (*adam)(float *parameter, float *first, float *second, const float *gradient, size_t count,
               relief_adam settings);
  void (*sgd)(float *parameter, float *velocity, const float *gradient, size_t count,
              relief_sgd settings);

  /// `iterations` rounds of independent fused multiply-adds; returns how many floating-point
  /// operations that was.
  double (*multiply_add_rounds)(size_t iterations);
} relief_kernels;

/// Null where the processor (or the platform) lacks the instructions.
const relief_kernels *relief_kernels_avx512(void);
const relief_kernels *relief_kernels_avx2(void);
const relief_kernels *relief_kernels_portable(void);

/// Makes the calling thread treat subnormal numbers as zero, as operands and as results; false
/// where the platform has no such mode.
bool relief_flush_subnormals(void);
