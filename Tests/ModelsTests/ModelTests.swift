import Datasets
import Foundation
import Networks
import Storage
import Tensors
import TestSupport
import Testing

import Models

@Suite struct ModelTests {
  private let kernels = KernelSet.available[0]

  private func files(_ network: Network, _ description: ModelDescription) throws -> TemporaryFolder
  {
    let folder = try TemporaryFolder()
    let file = network.safetensors(metadata: try description.metadata)
    try folder.write([UInt8](try file.encoded()), to: "model.safetensors")
    return folder
  }

  private func model(in folder: TemporaryFolder) throws -> Model {
    let path = folder.path + "/model.safetensors"
    return try Model(try Safetensors(path: path), path: path, kernels: kernels)
  }

  private func unpruned(_ name: String) throws -> Network {
    let known = try #require(KnownNetwork.named(name))
    return Network.unpruned(Graph(known.usual), seed: 3, kernels: kernels)
  }

  private func description(of network: Network) -> ModelDescription {
    ModelDescription(
      network: network.architecture.name, input: network.architecture.input,
      classes: network.architecture.classes)
  }

  @Test("A model file describes itself, and says the same when it is read")
  func describesItself() throws {
    let network = try unpruned("resnet20")
    var description = description(of: network)
    description.classNames = (0..<10).map { "class \"\($0)\" / \u{E9}\n" }
    description.normalisation = .imageNet
    (description.data, description.dataSHA256) = ("cifar10", "abc")
    (description.recipe, description.iteration) = ("[network]\nname = \"resnet20\"\n", 4)
    let folder = try files(network, description)
    let model = try model(in: folder)
    #expect(model.description == description)
    #expect(model.network.fullParameters == network.fullParameters)
  }

  @Test("A few words ask for no more memory than networks take")
  func memoryIsNotForTheAsking() throws {
    let network = try unpruned("lenet300-100")
    for input in ["[1,65536,65536]", "[1,3000,3000]"] {
      var metadata = try description(of: network).metadata
      metadata["input"] = input
      let file = network.safetensors(metadata: metadata)
      let error = try #require(throws: FileError.self) {
        try Model(file, path: "model", kernels: kernels)
      }
      #expect(error.description.contains("its images of 1×"), "\(error)")
    }
    // Names and shapes of a network a thousand times as large are known at once.
    let large = Graph(try #require(KnownNetwork.named("wide-resnet-28-10")).usual).layout
    #expect(large.tensors.map { $0.shape.reduce(1, *) }.reduce(0, +) > 30_000_000)
    let folder = try TemporaryFolder()
    let header = (UInt64(1) << 22) + 1
    let bytes = withUnsafeBytes(of: header.littleEndian, Array.init)
    let path = try folder.write(bytes + [UInt8](repeating: 0x20, count: 5 << 20), to: "long")
    let error = try #require(throws: FileError.self) { try Safetensors(path: path) }
    #expect(error.description.contains("has a header of 4194305 bytes"))
  }

  @Test("What does not fit is named, and not without end")
  func endlessNames() throws {
    let network = try unpruned("lenet300-100")
    var file = network.safetensors(metadata: try description(of: network).metadata)
    for number in 0..<5000 {
      file.tensors["\(number)" + String(repeating: "x", count: 4096)] = .init([1], shape: [1])
    }
    let error = try #require(throws: FileError.self) {
      try Model(file, path: "model", kernels: kernels)
    }
    #expect(error.description.hasSuffix(" and 4000 more"))
    #expect(error.description.utf8.count < 300_000)
  }

  @Test("Masks come back, those of shortcuts and biases too", arguments: [true, false])
  func masks(areWritten: Bool) throws {
    let full = try unpruned("resnet20")
    var mask = full.mask
    for connection in stride(from: 0, to: mask.count, by: 7) { mask[connection] = false }
    let network = full.compacted(to: mask)
    var file = network.safetensors(metadata: try description(of: network).metadata)
    if !areWritten {
      let shortcuts = Set(network.layout.groups.filter { $0.kind == .shortcut }.map(\.name))
      file.tensors = file.tensors.filter {
        !$0.key.hasPrefix("mask.") || shortcuts.contains(String($0.key.dropFirst(5)))
      }
    }
    let folder = try TemporaryFolder()
    try folder.write([UInt8](try file.encoded()), to: "model.safetensors")
    let read = try model(in: folder).network
    // A bias and a shift that are 0 have no part in it either way.
    #expect(read.fullParameters == network.fullParameters)
    if areWritten { #expect(read.mask == network.mask) }
    #expect(read.mask.isSubset(of: network.mask))
  }

  @Test(
    "A file that says nothing of itself is known by its tensors", arguments: ["lenet5", "vgg16"])
  func guesses(name: String) throws {
    let file = try unpruned(name).safetensors()
    let folder = try TemporaryFolder()
    try folder.write([UInt8](try file.encoded()), to: "model.safetensors")
    let model = try model(in: folder)
    #expect(model.description.network == name)
  }

  @Test("Each tensor that does not fit is named")
  func misfits() throws {
    let network = try unpruned("lenet5")
    var file = network.safetensors(metadata: try description(of: network).metadata)
    file.tensors["classifier.0.weight"] = nil
    file.tensors["classifier.9.weight"] = Safetensors.Tensor([Float](), shape: [0])
    file.tensors["classifier.2.bias"] = Safetensors.Tensor([Float](), shape: [0])
    let folder = try TemporaryFolder()
    for isDescribed in [true, false] {
      if !isDescribed { file.metadata = [:] }
      try folder.write([UInt8](try file.encoded()), to: "model.safetensors")
      let error = try #require(throws: FileError.self) {
        try model(in: folder)
      }
      #expect(error.exitCode == .badDataFile)
      for words in [
        "lenet5", "it has no classifier.0.weight", "it has also classifier.9.weight",
        "classifier.2.bias is F32 of [0], not F32 of [10]",
      ] {
        #expect("\(error)".contains(words), "\(error)")
      }
    }
  }

  @Test(
    "Metadata that contradict themselves are damage",
    arguments: [
      ("input", "[1,28]"), ("input", "[0,28,28]"), ("input", "nothing"), ("class_names", "[]"),
      ("class_names", "7"), ("mean", "[0.5,0.5]"), ("mean", "x"), ("network", "lenet7"),
      ("input", "[3,28,28]"), ("input", "[1,4,4]"),
    ])
  func contradictions(key: String, value: String) throws {
    let network = try unpruned("lenet5")
    var file = network.safetensors(metadata: try description(of: network).metadata)
    file.metadata[key] = value
    if key == "mean" { file.metadata["deviation"] = "[1]" }
    let folder = try TemporaryFolder()
    try folder.write([UInt8](try file.encoded()), to: "model.safetensors")
    let error = try #require(throws: FileError.self) {
      try model(in: folder)
    }
    #expect(error.exitCode == .badDataFile)
  }

  private func words(of tensors: [String: Safetensors.Tensor]) throws -> String {
    do {
      _ = try Model(Safetensors(tensors: tensors), path: "model", kernels: kernels)
      return "none"
    } catch let error as FileError {
      return error.description
    }
  }

  @Test("A file of an unknown network is set beside the one that shares most names with it")
  func nearestByNames() throws {
    var tensors = try unpruned("resnet20").safetensors(metadata: [:]).tensors
    let name = try #require(tensors.keys.sorted().first { $0.hasSuffix(".weight") })
    tensors["extra.weight"] = tensors.removeValue(forKey: name)
    let words = try words(of: tensors)
    #expect(words.contains("of resnet20, the nearest"), "\(words)")
    #expect(words.contains(name) && words.contains("extra.weight"), "\(words)")
  }

  @Test("A file that shares no name with a known network is not compared name by name")
  func noSharedName() throws {
    let tensors = Dictionary(
      uniqueKeysWithValues: (0..<200).map {
        ("\($0).weight", Safetensors.Tensor([1] as [Float], shape: [1]))
      })
    let words = try words(of: tensors)
    #expect(words.contains("none of its 200 tensors") && words.count < 300, "\(words)")
  }
}
