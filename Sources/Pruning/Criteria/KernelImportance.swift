import Networks
import Tensors

/// Importance of a filter's kernels and bias.
struct KernelImportance {
  private let shape: ConvolutionShape
  private let norm: Architecture.ScoreNorm
  private let activity: ActivityStatistics.Activity

  /// Importance in a convolution of `shape` whose inputs have these activities.
  init(
    shape: ConvolutionShape, norm: Architecture.ScoreNorm, activity: ActivityStatistics.Activity
  ) {
    self.shape = shape
    self.norm = norm
    self.activity = activity
  }

  /// A norm over output positions o of `r(o) = Σ_uv |K(u,v)| A(stride·o + (u,v) − padding)`, A
  /// being the activity map of the kernel's input, 0 outside.
  func score(kernel: ArraySlice<Float>, input: Int) -> Double {
    let output = shape.output
    return withUnsafeTemporaryAllocation(
      of: Double.self, capacity: output.height * output.width
    ) { responses in
      responses.initialize(repeating: 0)
      activity.means.withUnsafeBufferPointer { means in
        let map = UnsafeBufferPointer(
          rebasing: means[
            input * shape.height * shape.width..<(input + 1) * shape.height * shape.width])
        for (tap, weight) in kernel.enumerated() {
          add(Double(abs(weight)), tap: tap, of: map, to: responses)
        }
      }
      return total(responses)
    }
  }

  /// Adds what one tap contributes to the responses at all output positions.
  private func add(
    _ weight: Double, tap: Int, of map: UnsafeBufferPointer<Double>,
    to responses: UnsafeMutableBufferPointer<Double>
  ) {
    let output = shape.output
    let (firstRow, firstColumn) = (
      tap / shape.kernel - shape.padding, tap % shape.kernel - shape.padding
    )
    // The first and last output column that the tap reads inside the map.
    let first = max(0, (shape.stride - 1 - firstColumn) / shape.stride)
    let last = min(output.width - 1, (shape.width - 1 - firstColumn) / shape.stride)
    guard first <= last else { return }
    for row in 0..<output.height {
      let inputRow = row * shape.stride + firstRow
      guard inputRow >= 0 && inputRow < shape.height else { continue }
      let line = inputRow * shape.width + firstColumn
      for column in first...last {
        responses[row * output.width + column] += weight * map[line + column * shape.stride]
      }
    }
  }

  /// The same norm of a bias, which is the same at every position.
  func score(bias: Float) -> Double {
    let positions = Double(shape.output.height * shape.output.width)
    return Double(abs(bias)) * (norm == .sum ? positions : positions.squareRoot())
  }

  private func total(_ responses: UnsafeMutableBufferPointer<Double>) -> Double {
    switch norm {
    case .sum: responses.reduce(0, +)
    case .euclidean: responses.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
  }
}
