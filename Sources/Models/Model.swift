import Datasets
import Networks
import Storage
import Tensors

/// A trained network with what must be known to use it.
package struct Model {
  /// The network.
  package let network: Network
  /// Its images, classes and where it comes from.
  package let description: ModelDescription
  /// Where it was read.
  package let path: String

  /// The network that the safetensors `file` at `path` holds: one that `relief-dist` wrote, or any
  /// with PyTorch's names for a network that is known.
  ///
  /// - Parameter fallback: what is known of a file that does not say it itself.
  /// - Throws: `FileError`: damaged with each tensor that is missing, too many or of another shape,
  ///   or that has numbers that are not finite.
  package init(
    _ file: Safetensors, path: String, fallback: ModelDescription? = nil, kernels: KernelSet
  ) throws {
    let file = try SparseTensors.restored(file, path: path)
    guard
      let description = try ModelDescription(file.metadata, path: path) ?? fallback
        ?? Self.guess(file)
    else {
      throw FileError.damaged(
        path: path, offset: nil, reason: "\(Misfit.nearest(file)); give --recipe for its network")
    }
    guard let known = KnownNetwork.named(description.network) else {
      throw FileError.damaged(
        path: path, offset: 8,
        reason: "is of a network \"\(description.network.prefix(80))\", which is none")
    }
    // A few words could ask for any memory.
    guard known.takes(description.input), description.input.count <= Self.mostPixels else {
      throw FileError.damaged(
        path: path, offset: 8,
        reason: "its images of \(description.input.text) are none that \(description.network) takes"
      )
    }
    let graph = Graph(
      known.architecture(description.input, classes: description.classNames.count))
    let misfit = Misfit(of: file, to: graph.layout)
    guard misfit.isNone else {
      throw FileError.damaged(
        path: path, offset: nil, reason: "is no \(description.network): \(misfit)")
    }
    for (name, tensor) in file.tensors.sorted(by: { $0.key < $1.key }) {
      guard tensor.floats?.allSatisfy(\.isFinite) ?? true else {
        throw FileError.damaged(
          path: path, offset: nil, reason: "\(name) has numbers that are not finite")
      }
    }
    self.path = path
    self.description = description
    self.network = try Network(graph, file, path: path, kernels: kernels)
  }

  /// `network`, which is used as `model` is.
  package init(_ network: Network, like model: Model) {
    (self.network, description, path) = (network, model.description, model.path)
  }

  /// That of a model whose logits overflow.
  package var notFinite: FileError {
    .damaged(
      path: path, offset: nil, reason: "gives logits of these images that are not finite")
  }

  /// Of an image and its channels; none that networks are known for comes near.
  private static let mostPixels = 1 << 22

  /// The known network, for its usual images, whose tensors the file holds; nil where none is.
  private static func guess(_ file: Safetensors) -> ModelDescription? {
    let known = KnownNetwork.all.first {
      Misfit(of: file, to: ConnectionLayout($0.usual)).isNone
    }
    return known.map {
      ModelDescription(network: $0.name, input: $0.usualInput, classes: $0.usualClasses)
    }
  }
}
