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

  /// A norm over output positions o of `r(o) = Σ_uv |K(u,v)| A(stride·o + (u,v) − padding)`, A being the
  /// activity map of the kernel's input, 0 outside.
  func score(kernel: ArraySlice<Float>, input: Int) -> Double {
    let (size, output) = (shape.kernel, shape.output)
    var responses = [Double](repeating: 0, count: output.height * output.width)
    activity.means.withUnsafeBufferPointer { means in
      let map = input * shape.height * shape.width
      for (tap, weight) in kernel.enumerated() {
        let weight = Double(abs(weight))
        for row in 0..<output.height {
          let inputRow = row * shape.stride + tap / size - shape.padding
          guard (0..<shape.height).contains(inputRow) else { continue }
          let line = map + inputRow * shape.width
          for column in 0..<output.width {
            let inputColumn = column * shape.stride + tap % size - shape.padding
            guard inputColumn >= 0 && inputColumn < shape.width else { continue }
            responses[row * output.width + column] += weight * means[line + inputColumn]
          }
        }
      }
    }
    return total(responses)
  }

  /// The same norm of a bias, which is the same at every position.
  func score(bias: Float) -> Double {
    let positions = Double(shape.output.height * shape.output.width)
    return Double(abs(bias)) * (norm == .sum ? positions : positions.squareRoot())
  }

  private func total(_ responses: [Double]) -> Double {
    switch norm {
    case .sum: responses.reduce(0, +)
    case .euclidean: responses.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
  }
}
