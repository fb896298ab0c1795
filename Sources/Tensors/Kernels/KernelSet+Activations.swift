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
      for index in x.sheets { functions.plane_leak(x.sheet(block, index), slope) }
    }
  }

  /// dy = y <= 0 ? slope · dy : dy, the gradient of `leak` at its output y.
  package func leakBackward(
    _ gradient: LaneBlocks, output: LaneBlocks, slope: Float, blocks: Int
  ) {
    forEachPlane(gradient, output, output, blocks) { dy, y, _ in
      functions.plane_leak_backward(dy, y, slope)
    }
  }

  /// y = f(x) in the first `blocks` lane blocks.
  package func activate(
    _ x: LaneBlocks, by activation: SmoothActivation, into y: LaneBlocks, blocks: Int
  ) {
    forEachPlane(x, y, y, blocks) { x, y, _ in
      switch activation {
      case .gelu: functions.plane_gelu(y, x)
      case .silu: functions.plane_silu(y, x)
      }
    }
  }

  /// dx = dy f′(x), or, where it `adds`, that added to dx.
  package func activateBackward(
    _ gradient: LaneBlocks, _ x: LaneBlocks, by activation: SmoothActivation,
    into dx: LaneBlocks, adds: Bool, blocks: Int
  ) {
    forEachPlane(dx, gradient, x, blocks) { dx, dy, x in
      switch activation {
      case .gelu: functions.plane_gelu_backward(dx, dy, x, adds)
      case .silu: functions.plane_silu_backward(dx, dy, x, adds)
      }
    }
  }

  /// The planes of maps of one shape, as few as their halos allow.
  private func forEachPlane(
    _ first: LaneBlocks, _ second: LaneBlocks, _ third: LaneBlocks, _ blocks: Int,
    _ body: (relief_plane, relief_plane, relief_plane) -> Void
  ) {
    first.requireShape(of: second)
    first.requireShape(of: third)
    let isAlike = first.halo == second.halo && first.halo == third.halo
    for block in 0..<blocks {
      for index in isAlike ? first.sheets : 0..<first.shape.channels {
        func plane(_ maps: LaneBlocks) -> relief_plane {
          isAlike ? maps.sheet(block, index) : maps.plane(block, index)
        }
        body(plane(first), plane(second), plane(third))
      }
    }
  }
}
