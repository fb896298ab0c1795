import CKernels

/// Functions of single numbers that are smooth, with their derivatives.
package enum SmoothActivation: Sendable {
  /// x Φ(x), Φ being the normal distribution's function.
  case gelu
  /// x σ(x), σ(x) = 1 / (1 + e^(−x)).
  case silu
}

extension KernelSet {
  /// x = x <= 0 ? slope · x : x in the first `blocks` lane blocks.
  package func leak(_ x: LaneBlocks, slope: Float, blocks: Int) {
    for block in 0..<blocks {
      for channel in 0..<x.shape.channels {
        functions.plane_leak(x.plane(block, channel), slope)
      }
    }
  }

  /// dy = y <= 0 ? slope · dy : dy, the gradient of `leak` at its output y.
  package func leakBackward(
    _ gradient: LaneBlocks, output: LaneBlocks, slope: Float, blocks: Int
  ) {
    gradient.requireShape(of: output)
    for block in 0..<blocks {
      for channel in 0..<gradient.shape.channels {
        functions.plane_leak_backward(
          gradient.plane(block, channel), output.plane(block, channel), slope)
      }
    }
  }

  /// y = f(x) in the first `blocks` lane blocks.
  package func activate(
    _ x: LaneBlocks, by activation: SmoothActivation, into y: LaneBlocks, blocks: Int
  ) {
    y.requireShape(of: x)
    for block in 0..<blocks {
      for channel in 0..<x.shape.channels {
        let (y, x) = (y.plane(block, channel), x.plane(block, channel))
        switch activation {
        case .gelu: functions.plane_gelu(y, x)
        case .silu: functions.plane_silu(y, x)
        }
      }
    }
  }

  /// dx = dy f′(x), or, where it `adds`, that added to dx.
  package func activateBackward(
    _ gradient: LaneBlocks, _ x: LaneBlocks, by activation: SmoothActivation,
    into dx: LaneBlocks, adds: Bool, blocks: Int
  ) {
    gradient.requireShape(of: x)
    dx.requireShape(of: x)
    for block in 0..<blocks {
      for channel in 0..<x.shape.channels {
        let (dx, dy) = (dx.plane(block, channel), gradient.plane(block, channel))
        switch activation {
        case .gelu: functions.plane_gelu_backward(dx, dy, x.plane(block, channel), adds)
        case .silu: functions.plane_silu_backward(dx, dy, x.plane(block, channel), adds)
        }
      }
    }
  }
}
