import Foundation
import Networks
import Tensors
import TestSupport

/// A network's forward pass as plain loops in double precision over all connections, pruned ones 0.
struct ReferenceNetwork {
  let architecture: Architecture
  /// One number a connection, in canonical order.
  var parameters: [Double]

  /// The inputs of all rectifiers, one image after the other, and the mean cross-entropy.
  func evaluate(_ images: [[Double]], labels: [Int]) -> (rectified: [Double], loss: Double) {
    var rectified: [Double] = []
    var loss = 0.0
    for (image, label) in zip(images, labels) {
      let logits = logits(of: image, rectified: &rectified)
      loss += log(logits.reduce(0) { $0 + exp($1) }) - logits[label]
    }
    return (rectified, loss / Double(images.count))
  }

  private func logits(of image: [Double], rectified: inout [Double]) -> [Double] {
    var values = image
    var next = 0
    for layer in architecture.layers {
      switch layer {
      case .rectifier:
        rectified += values
        values = values.map { max(0, $0) }
      case .dense(_, let neurons):
        let inputs = values + [1]
        values = (0..<neurons).map { neuron in
          let row = parameters[(next + neuron * inputs.count)...].prefix(inputs.count)
          return zip(row, inputs).reduce(0) { $0 + $1.0 * $1.1 }
        }
        next += neurons * inputs.count
      default: preconditionFailure("no reference for \(layer)")
      }
    }
    return values
  }

  /// The central difference of the loss by `connection`.
  func derivative(by connection: Int, _ images: [[Double]], labels: [Int]) -> Double {
    let step = 1e-7
    let losses = [step, -step].map { shift in
      var shifted = self
      shifted.parameters[connection] += shift
      return shifted.evaluate(images, labels: labels).loss
    }
    return (losses[0] - losses[1]) / (2 * step)
  }
}
