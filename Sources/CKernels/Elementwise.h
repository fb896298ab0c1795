// Rectifier, cross-entropy, images to lanes, activity sums, optimizers.

static void rectify(float *x, size_t count) {
  for (size_t k = 0; k < count; k += relief_lanes) {
    lanes value = load(x + k);
    store(x + k, select_lanes(value <= 0, broadcast(0), value));
  }
}

static void rectify_backward(float *dy, const float *y, size_t count) {
  for (size_t k = 0; k < count; k += relief_lanes)
    store(dy + k, select_lanes(load(y + k) <= 0, broadcast(0), load(dy + k)));
}

// e^x for x <= 0: x = n ln 2 + r, the series of e^r to r^7/7!, exponent put in by its bits.
// Below -87 the result would be subnormal and is 0.
INLINE lanes exponential(lanes x) {
  const lanes shift = broadcast(12582912.0f);  // 1.5 · 2^23 rounds to whole numbers
  lanes shifted = FMA(x, broadcast(1.44269504f), shift);
  lanes n = shifted - shift;
  lanes r = FMA(n, broadcast(-0.693359375f), x);
  r = FMA(n, broadcast(2.12194440e-4f), r);
  lanes series = broadcast(1.0f / 5040);
  series = FMA(series, r, broadcast(1.0f / 720));
  series = FMA(series, r, broadcast(1.0f / 120));
  series = FMA(series, r, broadcast(1.0f / 24));
  series = FMA(series, r, broadcast(1.0f / 6));
  series = FMA(series, r, broadcast(0.5f));
  series = FMA(series, r, broadcast(1));
  series = FMA(series, r, broadcast(1));
  lane_flags exponent = __builtin_convertvector(n, lane_flags);
  lanes scale = (lanes)((exponent + 127) << 23);
  lanes value = select_lanes(x < -87.0f, broadcast(0), series * scale);
  return select_lanes(x != x, x, value);
}

// Natural logarithm of x >= 1 (a sum of exponentials whose largest is 1): x = m 2^e with m in
// [√½, √2), log m = 2 artanh((m - 1)/(m + 1)) by its series.
INLINE lanes logarithm(lanes x) {
  lane_flags bits = (lane_flags)x;
  lane_flags exponent = ((bits - 0x3f3504f3) >> 23);
  lanes mantissa = (lanes)(bits - (exponent << 23));
  lanes s = (mantissa - 1.0f) / (mantissa + 1.0f);
  lanes square = s * s;
  lanes series = broadcast(2.0f / 11);
  series = FMA(series, square, broadcast(2.0f / 9));
  series = FMA(series, square, broadcast(2.0f / 7));
  series = FMA(series, square, broadcast(2.0f / 5));
  series = FMA(series, square, broadcast(2.0f / 3));
  series = FMA(series, square, broadcast(2));
  lanes whole = __builtin_convertvector(exponent, lanes);
  lanes value = FMA(whole, broadcast(0.693359375f),
                    FMA(whole, broadcast(-2.12194440e-4f), s * series));
  return select_lanes(x != x, x, value);
}

static void cross_entropy(float *gradient, const float *logits, const int32_t *labels, size_t used,
                          size_t classes, float scale, float *loss, int32_t *right) {
  const lane_flags in_use = first_lanes(used);
  lane_flags label;
  memcpy(&label, labels, sizeof label);
  lanes largest = load(logits);
  lane_flags winner = {0};
  lanes target = broadcast(0);
  for (size_t c = 0; c < classes; c++) {
    lanes value = load(logits + c * relief_lanes);
    lane_flags larger = ~(value <= largest);
    largest = select_lanes(larger, value, largest);
    winner = (larger & (int32_t)c) | (~larger & winner);
    target = select_lanes(label == (int32_t)c, value, target);
  }
  lanes total = broadcast(0);
  for (size_t c = 0; c < classes; c++)
    total += exponential(load(logits + c * relief_lanes) - largest);
  const lanes losses = logarithm(total) - (target - largest);
  const lanes no_loss = broadcast(0);
  const lane_flags hit = in_use & (winner == label) & 1;
  store_unaligned(loss, select_lanes(in_use, losses, no_loss));
  memcpy(right, &hit, sizeof hit);
  if (!gradient) return;
  for (size_t c = 0; c < classes; c++) {
    lanes softmax = exponential(load(logits + c * relief_lanes) - largest) / total;
    lanes onehot = select_lanes(label == (int32_t)c, broadcast(1), broadcast(0));
    lanes value = (softmax - onehot) * scale;
    store(gradient + c * relief_lanes, select_lanes(in_use, value, broadcast(0)));
  }
}

static void lanes_from_bytes(float *x, const uint8_t *const *images, size_t used, size_t pixels) {
  typedef uint8_t bytes __attribute__((vector_size(16)));
  size_t p = 0;
  for (; p + relief_lanes <= pixels; p += relief_lanes) {
    lanes row[16];
    for (size_t lane = 0; lane < relief_lanes; lane++) {
      bytes values = {0};
      if (lane < used) memcpy(&values, images[lane] + p, sizeof values);
      row[lane] = __builtin_convertvector(values, lanes) / broadcast(255);
    }
    transpose(row);
    for (size_t q = 0; q < relief_lanes; q++) store(x + (p + q) * relief_lanes, row[q]);
  }
  for (; p < pixels; p++)
    for (size_t lane = 0; lane < relief_lanes; lane++)
      x[p * relief_lanes + lane] = lane < used ? (float)images[lane][p] / 255.0f : 0;
}

static void absolute_sums(double *sums, const float *x, size_t features, size_t used) {
  const lane_flags in_use = first_lanes(used) & 0x7fffffff;
  for (size_t f = 0; f < features; f++)
    sums[f] = fold((lanes)((lane_flags)load(x + f * relief_lanes) & in_use));
}

static void add(float *sum, const float *other, size_t count) {
  size_t k = 0;
  for (; k + relief_lanes <= count; k += relief_lanes)
    store_unaligned(sum + k, load_unaligned(sum + k) + load_unaligned(other + k));
  for (; k < count; k++) sum[k] += other[k];
}

INLINE lanes adam_lanes(lanes p, lanes *m, lanes *v, lanes g, const relief_adam *s) {
  g = FMA(broadcast(s->weight_decay), p, g);
  *m = FMA(broadcast(s->beta1_rest), g - *m, *m);
  *v = FMA(g * broadcast(s->beta2_rest), g, *v * broadcast(s->beta2));
  lanes root = __builtin_elementwise_sqrt(*v) / broadcast(s->correction2_root);
  return FMA(broadcast(-s->step_size), *m / (root + broadcast(s->epsilon)), p);
}

// Integers add up to the same in any order, so the sums need no order of their own.
INLINE uint32_t fold_words(lane_words a) {
  uint32_t sum = 0;
  for (size_t lane = 0; lane < relief_lanes; lane++) sum += a[lane];
  return sum;
}

typedef struct {
  lane_words read[3], written[3];
  // 0 as long as everything that was put in is finite: 0 · x is NaN of all other x.
  lanes flaw;
} step_lanes;

INLINE void count_step(step_lanes *sums, lanes gradient, lanes parameter) {
  sums->flaw = FMA(gradient, broadcast(0), FMA(parameter, broadcast(0), sums->flaw));
}

INLINE relief_step_sums fold_step(const step_lanes *sums) {
  relief_step_sums folded = {.finite = fold(sums->flaw) == 0};
  for (int buffer = 0; buffer < 3; buffer++) {
    folded.read[buffer] = fold_words(sums->read[buffer]);
    folded.written[buffer] = fold_words(sums->written[buffer]);
  }
  return folded;
}

INLINE lanes adam_counted(lanes p, lanes *m, lanes *v, lanes g, const relief_adam *s,
                          step_lanes *sums) {
  sums->read[0] += (lane_words)p;
  sums->read[1] += (lane_words)*m;
  sums->read[2] += (lane_words)*v;
  p = adam_lanes(p, m, v, g, s);
  sums->written[0] += (lane_words)p;
  sums->written[1] += (lane_words)*m;
  sums->written[2] += (lane_words)*v;
  count_step(sums, g, p);
  return p;
}

static relief_step_sums adam(float *parameter, float *first, float *second, const float *gradient,
                             size_t count, relief_adam settings) {
  step_lanes sums = {0};
  size_t k = 0;
  for (; k + relief_lanes <= count; k += relief_lanes) {
    lanes m = load_unaligned(first + k), v = load_unaligned(second + k);
    store_unaligned(parameter + k, adam_counted(load_unaligned(parameter + k), &m, &v,
                                                load_unaligned(gradient + k), &settings, &sums));
    store_unaligned(first + k, m);
    store_unaligned(second + k, v);
  }
  if (k < count) {
    size_t rest = count - k;
    lanes m = load_first(first + k, rest), v = load_first(second + k, rest);
    lanes p = adam_counted(load_first(parameter + k, rest), &m, &v, load_first(gradient + k, rest),
                           &settings, &sums);
    store_first(parameter + k, p, rest);
    store_first(first + k, m, rest);
    store_first(second + k, v, rest);
  }
  return fold_step(&sums);
}

INLINE lanes sgd_lanes(lanes p, lanes *velocity, lanes g, const relief_sgd *s) {
  g = FMA(broadcast(s->weight_decay), p, g);
  *velocity = s->first ? g : FMA(broadcast(s->momentum), *velocity, g);
  return FMA(broadcast(-s->learning_rate), *velocity, p);
}

INLINE lanes sgd_counted(lanes p, lanes *velocity, lanes g, const relief_sgd *s, step_lanes *sums) {
  sums->read[0] += (lane_words)p;
  sums->read[1] += (lane_words)*velocity;
  p = sgd_lanes(p, velocity, g, s);
  sums->written[0] += (lane_words)p;
  sums->written[1] += (lane_words)*velocity;
  count_step(sums, g, p);
  return p;
}

static relief_step_sums sgd(float *parameter, float *velocity, const float *gradient, size_t count,
                            relief_sgd settings) {
  step_lanes sums = {0};
  size_t k = 0;
  for (; k + relief_lanes <= count; k += relief_lanes) {
    lanes v = load_unaligned(velocity + k);
    store_unaligned(parameter + k, sgd_counted(load_unaligned(parameter + k), &v,
                                               load_unaligned(gradient + k), &settings, &sums));
    store_unaligned(velocity + k, v);
  }
  if (k < count) {
    size_t rest = count - k;
    lanes v = load_first(velocity + k, rest);
    lanes p = sgd_counted(load_first(parameter + k, rest), &v, load_first(gradient + k, rest),
                          &settings, &sums);
    store_first(parameter + k, p, rest);
    store_first(velocity + k, v, rest);
  }
  return fold_step(&sums);
}

// Enough independent chains to hide the latency of a multiply-add, few enough to stay in registers.
static double multiply_add_rounds(size_t iterations) {
  lanes sum[PEAK_CHAINS];
  for (int c = 0; c < PEAK_CHAINS; c++) sum[c] = broadcast((float)c);
  const lanes factor = broadcast(0.999f), step = broadcast(0.1f);
  for (size_t n = 0; n < iterations; n++) {
    for (int c = 0; c < PEAK_CHAINS; c++) sum[c] = FMA(sum[c], factor, step);
    __asm__ volatile("" ::: "memory");
  }
  for (int c = 1; c < PEAK_CHAINS; c++) sum[0] += sum[c];
  volatile float sink = fold(sum[0]);
  (void)sink;
  return 2.0 * relief_lanes * PEAK_CHAINS * (double)iterations;
}
