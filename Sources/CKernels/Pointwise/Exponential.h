// Exponential and logarithm of our own: the C library's pick their code by processor.
#pragma once
#include "../Core/Lanes.h"

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
