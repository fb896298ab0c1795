// Activations other than the rectifier, with an error function of our own.
#pragma once
#include "Exponential.h"
#include "Planes.h"

// e^(−x²/2) for |x| <= 14, the rounding of x² made good: e^(−h/2 − l/2) = e^(−h/2) (1 − l/2).
INLINE lanes gaussian(lanes x) {
  const lanes high = x * x, low = FMA(x, x, -high), value = exponential(high * -0.5f);
  return FMA(value * -0.5f, low, value);
}

// ½ erfc(z) / e^(−z²) for 0 <= z <= 10, good to 3e-7 of itself: with t = 1 / (1 + z / 2) it is t
// times a polynomial in t, fitted to 2e-8 at Chebyshev's points.
INLINE lanes scaled_tail(lanes z) {
  const lanes t = 1.0f / FMA(z, broadcast(0.5f), broadcast(1));
  lanes series = broadcast(0.5f * 0.013534649275243282f);
  series = FMA(series, t, broadcast(0.5f * -0.12961404025554657f));
  series = FMA(series, t, broadcast(0.5f * 0.44281113147735596f));
  series = FMA(series, t, broadcast(0.5f * -0.6870458126068115f));
  series = FMA(series, t, broadcast(0.5f * 0.43415188789367676f));
  series = FMA(series, t, broadcast(0.5f * -0.10452847927808762f));
  series = FMA(series, t, broadcast(0.5f * 0.22744551301002502f));
  series = FMA(series, t, broadcast(0.5f * 0.23828822374343872f));
  series = FMA(series, t, broadcast(0.5f * 0.2828940153121948f));
  series = FMA(series, t, broadcast(0.5f * 0.2820628881454468f));
  return series * t;
}

INLINE lanes magnitude(lanes x) { return (lanes)((lane_flags)x & 0x7fffffff); }
// x within ±limit, beyond which a function is 0 or x itself; a NaN stays.
INLINE lanes limited(lanes x, float limit) {
  const lanes low = select_lanes(x < -limit, broadcast(-limit), x);
  return select_lanes(low > limit, broadcast(limit), low);
}

typedef struct {
  lanes value, derivative;
} activation;

// x times its share, with the derivative; a NaN stays as it is.
INLINE activation shared(lanes x, lanes near, lanes share, lanes derivative) {
  const lanes value = select_lanes(x > 0, x, near) * share;
  return (activation){select_lanes(x != x, x, value), select_lanes(x != x, x, derivative)};
}

// x Φ(x), Φ being the normal distribution's: Φ(x) + x φ(x).
INLINE activation gelu(lanes x) {
  enum { limit = 14 };  // e^(−x²/2) is 0 beyond
  const lanes near = limited(x, limit), bell = gaussian(near);
  const lanes tail = bell * scaled_tail(magnitude(near) * 0.70710678f);
  const lanes share = select_lanes(near < 0, tail, 1.0f - tail);
  return shared(x, near, share, FMA(near * 0.39894228f, bell, share));
}

// x σ(x), σ(x) = 1 / (1 + e^(−x)): σ(x) + x σ(x) σ(−x).
INLINE activation silu(lanes x) {
  enum { limit = 100 };
  const lanes near = limited(x, limit), power = exponential(-magnitude(near));
  const lanes high = 1.0f / (1.0f + power), low = power * high;
  const lanes share = select_lanes(near < 0, low, high);
  return shared(x, near, share, FMA(near, high * low, share));
}

#define DEFINE_ACTIVATION(name)                                                             \
  static void plane_##name(relief_plane y, relief_plane x) {                                \
    for (size_t row = 0; row < x.height; row++)                                             \
      for (size_t column = 0; column < x.width; column++)                                   \
        plane_store(y, row, column, name(plane_load(x, row, column)).value);                \
  }                                                                                         \
  static void plane_##name##_backward(relief_plane dx, relief_plane dy, relief_plane x,     \
                                      bool onto) {                                          \
    for (size_t row = 0; row < x.height; row++)                                             \
      for (size_t column = 0; column < x.width; column++) {                                 \
        const lanes present = onto ? plane_load(dx, row, column) : broadcast(0);            \
        const lanes derivative = name(plane_load(x, row, column)).derivative;               \
        plane_store(dx, row, column, FMA(plane_load(dy, row, column), derivative, present)); \
      }                                                                                     \
  }
DEFINE_ACTIVATION(gelu)
DEFINE_ACTIVATION(silu)

static void plane_leak(relief_plane x, float slope) {
  for (size_t row = 0; row < x.height; row++)
    for (size_t column = 0; column < x.width; column++) {
      const lanes value = plane_load(x, row, column);
      plane_store(x, row, column, select_lanes(value <= 0, value * slope, value));
    }
}

static void plane_leak_backward(relief_plane dy, relief_plane y, float slope) {
  for (size_t row = 0; row < y.height; row++)
    for (size_t column = 0; column < y.width; column++) {
      const lanes gradient = plane_load(dy, row, column);
      const lane_flags leaks = plane_load(y, row, column) <= 0;
      plane_store(dy, row, column, select_lanes(leaks, gradient * slope, gradient));
    }
}
