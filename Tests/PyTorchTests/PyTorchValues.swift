import Foundation
import TestSupport

/// What `pytorch_values.py` has written.
struct PyTorchValues: Decodable {
  /// Five steps of a small network.
  struct Steps: Decodable {
    struct Settings: Decodable {
      let optimizer: String
      let lr, weightDecay: Double
      let momentum, smoothing, clipNorm: Double?
      let nesterov: Bool?
      let cosineSteps: Int?
    }

    let settings: Settings
    let losses, rates, norms: [Double]
    /// The parameters after them, by tensor.
    let after: [String: [Double]]
  }

  /// A pass of a large network and back.
  struct Pass: Decodable {
    struct Gradient: Decodable {
      let norm: Double
      /// With random numbers under the tensor's name, and how far off it is in PyTorch's single
      /// precision.
      let product, float32_deviation: Double
    }

    let images: Int
    /// Of the first two images, in training and in evaluation.
    let logits, evaluated: [Double]
    let gradients: [String: Gradient]
  }

  let steps: [String: Steps]
  let networks: [String: Pass]

  /// The committed file.
  static func read() throws -> PyTorchValues {
    let path = "\(Shell.root)/Tests/PyTorchTests/values.json"
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom { keys in
      // Tensors' names have underscores and dots that stay.
      let known = [
        "weight_decay": "weightDecay", "clip_norm": "clipNorm", "cosine_steps": "cosineSteps",
      ]
      let last = keys[keys.count - 1].stringValue
      return Key(stringValue: known[last] ?? last)
    }
    return try decoder.decode(
      PyTorchValues.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  private struct Key: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
