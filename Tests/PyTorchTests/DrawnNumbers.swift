import Datasets
import Foundation
import Networks
import Tensors

/// The numbers that `pytorch_values.py` draws under a name.
struct DrawnNumbers {
  private let random: CounterRandom

  init(_ name: String) {
    // FNV-1a.
    let seed = name.utf8.reduce(UInt32(0x811C_9DC5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    random = CounterRandom(seed: Int(seed), purpose: .synthetic)
  }

  /// Uniform in (0, 1).
  subscript(element: Int) -> Double { random.uniform(element) }

  /// `network` with its weights.
  static func network(_ architecture: Architecture, kernels: KernelSet) -> Network {
    let layout = ConnectionLayout(architecture)
    let parameters = FloatBuffer(count: layout.parameterCount)
    for tensor in layout.tensors {
      let numbers = DrawnNumbers(tensor.name)
      let places = tensor.places()
      let count = places.count
      for (element, place) in places.enumerated() {
        let number = numbers[element]
        let weight =
          tensor.shape.count > 1
          ? (6 / Double(count / tensor.shape[0])).squareRoot() * (2 * number - 1)
          : tensor.name.hasSuffix(".weight") ? number + 0.5 : number - 0.5
        parameters[place.parameter] = Float(weight)
      }
    }
    return Network(
      architecture, mask: Mask(count: layout.count), parameters: parameters, kernels: kernels)
  }

  /// Images of `shape` with labels in turn.
  static func images(_ count: Int, _ shape: FeatureShape, classes: Int) -> ImageSet {
    let numbers = DrawnNumbers("images")
    return ImageSet(
      shape: shape, pixels: (0..<count * shape.count).map { UInt8(256 * numbers[$0]) },
      labels: (0..<count).map { Int32($0 % classes) })
  }
}
