import CKernels

/// What a batch norm does to each of its channels: y = γ x̂ + β with x̂ = (x − μ)/√(σ² + ε), or 0
/// where the channel is pruned.
package struct ChannelNorms {
  /// Surviving channels, ascending.
  package let channels: [Int]
  /// Where each channel stands among the surviving ones, −1 where it is pruned.
  let places: [Int]
  /// `[surviving channel]`.
  var norms: [relief_norm]
  /// What the gradient of x is made of, `[surviving channel]`.
  var combinations: [relief_combination]

  /// Norms of `channels` out of `count`, to be set.
  package init(channels: [Int], of count: Int) {
    self.channels = channels
    var places = [Int](repeating: -1, count: count)
    for (index, channel) in channels.enumerated() { places[channel] = index }
    self.places = places
    norms = [relief_norm](repeating: relief_norm(), count: channels.count)
    combinations = [relief_combination](repeating: relief_combination(), count: channels.count)
  }

  /// Sets the norm of the `index`-th surviving channel from μ, 1/√(σ² + ε), γ and β.
  package mutating func set(
    _ index: Int, mean: Float, inverseDeviation: Float, scale: Float, shift: Float
  ) {
    let factor = scale * inverseDeviation
    norms[index] = relief_norm(
      mean: mean, inverse_deviation: inverseDeviation, factor: factor,
      summand: shift - mean * factor)
  }

  /// Sets what the gradient of x is made of in the `index`-th surviving channel, from the means of
  /// dy and dy·x̂: dx = γ s (dy − mean dy − x̂ · mean dy·x̂) with s = 1/√(σ² + ε).
  package mutating func setGradient(_ index: Int, mean: Double, meanProduct: Double) {
    let norm = norms[index]
    let input = -norm.factor * norm.inverse_deviation * Float(meanProduct)
    combinations[index] = relief_combination(
      gradient: norm.factor, input: input,
      summand: -norm.factor * Float(mean) - input * norm.mean)
  }
}
