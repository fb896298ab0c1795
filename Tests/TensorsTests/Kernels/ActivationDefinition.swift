import Tensors

/// The smooth activations of one number as kernels compute them, operation by operation.
struct ActivationDefinition {
  let value: Float
  let derivative: Float

  init(_ activation: SmoothActivation, _ x: Float) {
    guard !x.isNaN else {
      self.init(value: x, derivative: x)
      return
    }
    switch activation {
    case .gelu: self.init(gelu: x)
    case .silu: self.init(silu: x)
    }
  }

  private init(value: Float, derivative: Float) {
    (self.value, self.derivative) = (value, derivative)
  }

  private init(gelu x: Float) {
    let near = Self.limited(x, 14)
    let bell = Self.gaussian(near)
    let tail = bell * Self.scaledTail(abs(near) * 0.70710678)
    let share = near < 0 ? tail : 1 - tail
    value = (x > 0 ? x : near) * share
    derivative = share.addingProduct(near * 0.39894228, bell)
  }

  private init(silu x: Float) {
    let near = Self.limited(x, 100)
    let power = Self.exponential(-abs(near))
    let high = 1 / (1 + power)
    let low = power * high
    let share = near < 0 ? low : high
    value = (x > 0 ? x : near) * share
    derivative = share.addingProduct(near, high * low)
  }

  private static func limited(_ x: Float, _ limit: Float) -> Float {
    x < -limit ? -limit : x > limit ? limit : x
  }

  private static func gaussian(_ x: Float) -> Float {
    let high = x * x
    let low = (-high).addingProduct(x, x)
    let value = exponential(high * -0.5)
    return value.addingProduct(value * -0.5, low)
  }

  private static func scaledTail(_ z: Float) -> Float {
    let t = 1 / Float(1).addingProduct(z, 0.5)
    let coefficients: [Float] = [
      0.013534649275243282, -0.12961404025554657, 0.44281113147735596, -0.6870458126068115,
      0.43415188789367676, -0.10452847927808762, 0.22744551301002502, 0.23828822374343872,
      0.2828940153121948, 0.2820628881454468,
    ]
    var series = 0.5 * coefficients[0]
    for coefficient in coefficients.dropFirst() {
      series = (0.5 * coefficient).addingProduct(series, t)
    }
    return series * t
  }

  /// e^x of x <= 0.
  private static func exponential(_ x: Float) -> Float {
    guard x >= -87 else { return x.isNaN ? x : 0 }
    let shift: Float = 12_582_912
    let n = shift.addingProduct(x, 1.44269504) - shift
    let r = x.addingProduct(n, -0.693359375).addingProduct(n, 2.12194440e-4)
    let coefficients: [Float] = [1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1, 1]
    var series: Float = 1.0 / 5040
    for coefficient in coefficients { series = coefficient.addingProduct(series, r) }
    return series * Float(bitPattern: UInt32(Int32(n) + 127) << 23)
  }
}
