import Models
import Networks
import Storage
import TestSupport
import Tensors
import Testing

@Suite struct SparseTensorsTests {
  private static let kernels = KernelSet.available[0]

  private static func model() throws -> (model: Model, sparse: Safetensors) {
    let known = try #require(KnownNetwork.named("resnet20"))
    let full = Network.unpruned(Graph(known.usual), seed: 3, kernels: kernels)
    var mask = full.mask
    for connection in stride(from: 0, to: mask.count, by: 3) { mask[connection] = false }
    let network = full.compacted(to: mask)
    let description = ModelDescription(
      network: "resnet20", input: known.usualInput, classes: known.usualClasses)
    let sparse = try SparseTensors.file(of: network, metadata: try description.metadata)
    return (try Model(sparse, path: "sparse", kernels: kernels), sparse)
  }

  @Test("The sparse form holds every mask, those of shortcuts too")
  func masks() throws {
    let (model, sparse) = try Self.model()
    let again = try SparseTensors.file(of: model.network, metadata: sparse.metadata)
    #expect(again.tensors.keys.sorted() == sparse.tensors.keys.sorted())
    for (name, tensor) in sparse.tensors { #expect(again.tensors[name]?.bytes == tensor.bytes) }
    let kernels = try #require(sparse.tensors["layer1.0.conv1.weight.values"])
    #expect(kernels.shape.count == 3 && kernels.shape.dropFirst() == [3, 3])
  }

  /// What may be wrong with a sparse file.
  enum Damage: String, CaseIterable {
    case noIndices, noValues, fewValues, descending, equal, negative, tooLarge, noShapes
    case badShapes, hugeShape, hugeSum, emptyShape, floatIndices
  }

  @Test("Broken sparse tensors are damage, and named", arguments: Damage.allCases)
  func damage(kind: Damage) throws {
    var file = try Self.model().sparse
    let name = "layer1.0.conv1.weight"
    func indices(_ numbers: [Int32]) -> Safetensors.Tensor { Safetensors.Tensor(indices: numbers) }
    let own = try #require(file.tensors[name + ".indices"]?.integers).map(Int32.init)
    switch kind {
    case .noIndices: file.tensors[name + ".indices"] = nil
    case .noValues: file.tensors[name + ".values"] = nil
    case .fewValues:
      file.tensors[name + ".values"] = Safetensors.Tensor([Float](), shape: [0, 3, 3])
    case .descending: file.tensors[name + ".indices"] = indices(own.reversed())
    case .equal:
      file.tensors[name + ".indices"] = indices([own[1]] + own.dropFirst())
    case .negative: file.tensors[name + ".indices"] = indices([-1] + own.dropFirst())
    case .tooLarge: file.tensors[name + ".indices"] = indices(own.dropLast() + [256])
    case .noShapes: file.metadata["shapes"] = nil
    case .badShapes: file.metadata["shapes"] = "[1]"
    case .hugeShape:
      file.metadata["shapes"] = "{\"\(name)\":[4294967296,4294967296,3,3]}"
    case .hugeSum:
      let shapes = (0..<8).map { "\"x\($0)\":[134217728]" }.joined(separator: ",")
      for index in 0..<8 {
        file.tensors["x\(index).indices"] = Safetensors.Tensor(indices: [])
        file.tensors["x\(index).values"] = Safetensors.Tensor([Float](), shape: [0])
      }
      file.metadata["shapes"] = "{\(shapes)}"
    case .emptyShape: file.metadata["shapes"] = "{\"\(name)\":[]}"
    case .floatIndices:
      file.tensors[name + ".indices"] = Safetensors.Tensor(own.map(Float.init), shape: [own.count])
    }
    let error = try #require(throws: FileError.self) {
      try Model(file, path: "sparse", kernels: Self.kernels)
    }
    #expect(error.exitCode == .badDataFile)
  }
}
