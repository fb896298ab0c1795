// Micro-kernels over lane blocks: 16 images side by side, float32, 64-byte aligned.
//
// An activation of `blocks` lane blocks is `float[blocks][features][16]`; consecutive blocks lie
// `..._stride` floats apart. A dense layer sees its input with one feature more than it has inputs:
// the last one is the constant 1, so that a bias is the connection from that feature, and the
// connections of a neuron are its surviving inputs in ascending order, the bias last.
//
// Every kernel set gives the same bits: each accumulation has one order (connections ascending;
// lanes folded +8, +4, +2, +1, or ascending in the weight gradients of full dense layers, of full
// convolutions over 2×2 maps and by minimal filtering; lane blocks as the tree says) and every
// product that is added is a fused multiply-add unless it feeds a fold.
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

/// The surviving connections of a dense layer, per neuron j:
/// `columns[starts[j] ..< starts[j + 1]]`.
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

/// One channel's map of one lane block without its halo: `base[row][column][16]`, `row_width`
/// columns from one row to the next.
typedef struct {
  float *base;
  size_t row_width, height, width;
} relief_plane;

/// What a batch norm does to a channel: y = factor · x + summand, from x̂ = (x − mean) ·
/// inverse_deviation.
typedef struct {
  float mean, inverse_deviation, factor, summand;
} relief_norm;

/// gradient · dy + input · x + summand.
typedef struct {
  float gradient, input, summand;
} relief_combination;

/// Maps of a run of lane blocks. `pixels` is row 0, column 0 of channel 0 of block 0 (behind the
/// halo); the next block, channel, row and column lie so many floats on.
typedef struct {
  float *pixels;
  size_t block, channel, row, column;
  size_t height, width;
} relief_maps;

/// output[f][r][c] = biases[f] + Σ_e Σ_u Σ_v w(f, e, u, v)
///                   input[channel(e)][first_row + stride r + u][first_column + stride c + v],
/// entries e of filter f, kernel rows u and kernel columns v ascending, pixels off the map left
/// out.
///
/// Without `starts` every filter reads all `entries` channels, and tap (0, 0) of its kernel e lies
/// at `weights + f * filter_weights + e * entry_weights`. Otherwise its entries are
/// `starts[f] ..< starts[f + 1]`, with channel `channels[e]` and tap (0, 0) at
/// `weights + offsets[e]`. From there tap (u, v) is `u * tap_row + v * tap_column` floats away.
typedef struct {
  relief_maps input, output;
  size_t input_channels, filters, blocks;
  ptrdiff_t first_row, first_column;
  size_t stride, kernel_rows, kernel_columns;
  const float *weights;
  ptrdiff_t tap_row, tap_column;
  size_t entries;
  ptrdiff_t filter_weights, entry_weights;
  const uint32_t *starts, *channels, *offsets;
  const float *biases;
  /// Whether sums start from what `output` holds.
  bool accumulates;
} relief_convolution;

/// The gradient of a convolution's weights, whose `output` holds the gradients of its outputs; its
/// own `weights` are not read. Partial sum p (see `relief_tree`) goes to
/// `partials + p * partial_stride`, tap by tap to where the convolution has its weights.
typedef struct {
  relief_convolution of;
  float *partials;
  size_t partial_stride;
  relief_tree tree;
} relief_convolution_gradient;

/// The offset of a bias that is pruned.
#define relief_no_bias UINT32_MAX

typedef struct {
  float weight_decay;
  /// 1 - σ, what stays of a parameter before the step.
  float rest;
  float beta2, epsilon;
  /// 1 - beta1 and 1 - beta2.
  float beta1_rest, beta2_rest;
  /// learning rate / (1 - beta1^t) and sqrt(1 - beta2^t) at step t, counted from 1.
  float step_size, correction2_root;
} relief_adam;

typedef struct {
  float learning_rate, weight_decay, momentum;
  bool nesterov, first;
} relief_sgd;

/// What an optimizer's pass found and left: sums mod 2^32 of the words it read and wrote, of the
/// parameters, then of each state buffer.
typedef struct {
  uint32_t read[3], written[3];
  /// Whether the gradient and the new parameters are finite.
  bool finite;
} relief_step_sums;

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
  /// `partial_stride` floats behind partial p - 1. Full lists take lanes in ascending order, each a
  /// fused multiply-add, and need `columns`, 256 floats a block, to work in; listed ones fold.
  void (*full_weight_gradient)(float *g, size_t partial_stride, const float *dy, size_t dy_stride,
                               const float *x, size_t x_stride, float *columns, size_t neurons,
                               size_t connections, relief_tree tree);
  void (*listed_weight_gradient)(float *g, size_t partial_stride, const float *dy, size_t dy_stride,
                                 const float *x, size_t x_stride, relief_rows rows, size_t neurons,
                                 relief_tree tree);

  /// See `relief_convolution`. It needs `convolution_floats` floats to work in.
  void (*convolve)(const relief_convolution *convolution, float *scratch);
  size_t (*convolution_floats)(const relief_convolution *convolution);
  /// ∂w(f, e, u, v) = Σ_lanes Σ_r Σ_c output[f][r][c] input[channel(e)][…] of kernels of at most
  /// 144 taps.
  void (*convolution_gradient)(const relief_convolution_gradient *gradient);
  /// g[p][offsets[f]] = Σ_lanes Σ_r Σ_c dy[f][r][c] for every filter that has a bias.
  void (*bias_gradient)(const relief_maps *dy, size_t filters, const uint32_t *offsets, float *g,
                        size_t partial_stride, relief_tree tree);

  /// The same products of 3×3 convolutions with stride 1 and padding 1 by minimal filtering. Rows
  /// and columns of the maps are multiples of 4, channels and filters of 16, the input's halo is 0
  /// and the weights of a kernel lie in one run; a kernel that a list lacks is taken as 0. They
  /// need `winograd_floats` and `winograd_gradient_floats` floats to work in.
  void (*winograd_convolve)(const relief_convolution *convolution, float *scratch);
  size_t (*winograd_floats)(const relief_convolution *convolution);
  void (*winograd_gradient)(const relief_convolution_gradient *gradient, float *scratch);
  size_t (*winograd_gradient_floats)(relief_tree tree);

  /// Softmax cross-entropy of one block: `loss[lane]` and `right[lane]` for the first `used` lanes
  /// (0 for the others); with `gradient`, dlogits = (softmax - target) · scale, 0 in empty lanes.
  /// The target is smoothing / classes, and 1 - smoothing more for the label.
  void (*cross_entropy)(float *gradient, const float *logits, const int32_t *labels, size_t used,
                        size_t classes, float scale, float smoothing, float *loss,
                        int32_t *right);

  /// x[p][lane] = images[lane][p] / 255 for the first `used` lanes, 0 in the others.
  void (*lanes_from_bytes)(float *x, const uint8_t *const *images, size_t used, size_t pixels);
  void (*add)(float *sum, const float *other, size_t count);
  /// Σ x² in double precision.
  double (*square_sum)(const float *x, size_t count);
  /// x = x · factor.
  void (*scale)(float *x, size_t count, float factor);
  relief_step_sums (*adam)(float *parameter, float *first, float *second, const float *gradient,
                           size_t count, relief_adam settings);
  relief_step_sums (*sgd)(float *parameter, float *velocity, const float *gradient, size_t count,
                          relief_sgd settings);

  /// Σ words[k] mod 2^32.
  uint32_t (*word_sum)(const void *words, size_t count);
  /// Σ c[k] words[k] mod 2^64 with odd factors c[k], all different and at most 2 count + 64: no bit
  /// that flips and no two words that change places leave it as it was.
  uint64_t (*fingerprint)(const void *words, size_t count);

  /// y = the largest of each `size` × `size` square of x; the gradient goes to the first of equals.
  void (*max_pool)(relief_plane y, relief_plane x, size_t size);
  void (*max_pool_backward)(relief_plane dx, relief_plane dy, relief_plane x, size_t size);
  /// y[lane] = the mean of x.
  void (*average_pool)(float *y, relief_plane x);
  /// x = 0.
  void (*plane_clear)(relief_plane x);
  /// y = value[lane] · factor everywhere.
  void (*plane_fill)(relief_plane y, const float *value, float factor);
  /// y[y_stride · r][y_stride · c] (+)= x[x_stride · r][x_stride · c] as far as both reach.
  void (*plane_add)(relief_plane y, relief_plane x, size_t y_stride, size_t x_stride, bool onto);
  /// x = x <= 0 ? 0 : x, so that a NaN stays.
  void (*plane_rectify)(relief_plane x);
  /// dy = y <= 0 ? 0 : dy.
  void (*plane_rectify_backward)(relief_plane dy, relief_plane y);
  /// x = x <= 0 ? slope x : x, and dy = y <= 0 ? slope dy : dy.
  void (*plane_leak)(relief_plane x, float slope);
  void (*plane_leak_backward)(relief_plane dy, relief_plane y, float slope);
  /// y = f(x), and dx = dy f'(x) (or dx + that, `onto`), for f = x Φ(x) and f = x σ(x).
  void (*plane_gelu)(relief_plane y, relief_plane x);
  void (*plane_gelu_backward)(relief_plane dx, relief_plane dy, relief_plane x, bool onto);
  void (*plane_silu)(relief_plane y, relief_plane x);
  void (*plane_silu_backward)(relief_plane dx, relief_plane dy, relief_plane x, bool onto);
  /// sums[position] = Σ over the first `used` lanes of |x|.
  void (*plane_absolute_sums)(double *sums, relief_plane x, size_t used);
  /// Σ(x − center) and Σ(x − center)² over positions and the first `used` lanes.
  void (*plane_moments)(double sums[2], relief_plane x, float center, size_t used);
  /// y = factor · x + summand (0 without `x.base`) + every `stride`-th row and column of `addend`
  /// (if it has a base), then perhaps max(0, y).
  void (*plane_normalise)(relief_plane y, relief_plane x, relief_plane addend, size_t stride,
                          relief_norm norm, bool rectifies);
  /// Σdy and Σ dy (x − mean) · inverse_deviation over positions and the first `used` lanes. Where
  /// what was normalised went through a rectifier, dy counts only where that was open: where
  /// `output` is above 0 (dy is then made 0 elsewhere), or without `output.base` factor · x +
  /// summand.
  void (*plane_gradient_moments)(double sums[2], relief_plane dy, relief_plane x,
                                 relief_plane output, relief_norm norm, bool rectifies,
                                 size_t used);
  /// dx = gradient · dy + input · x + summand in the first `used` lanes, 0 in the others, or, with
  /// `adds`, that added to dx; with `rectifies` dy counts only where norm.factor · x + norm.summand
  /// is above 0.
  void (*plane_combine)(relief_plane dx, relief_plane dy, relief_plane x, relief_norm norm,
                        bool rectifies, relief_combination factors, bool adds, size_t used);

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
