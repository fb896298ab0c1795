import Datasets
import Foundation
import Recipes
import Storage
import TestSupport

extension Place {
  /// MNIST's four files with images of 3×3 and this one among them.
  static func idx(_ folder: TemporaryFolder, _ name: String) throws -> Place {
    try IDXBytes.write(to: folder, training: 3, test: 2, side: 3)
    let plain = name.replacing(".gz", with: "")
    var seeds = [try InputFile.bytes(of: "\(folder.path)/\(plain)", most: 1 << 10)]
    if name != plain {
      _ = try Shell.run(["gzip", "-n", "\(folder.path)/\(plain)"])
      let bytes = try InputFile.bytes(of: "\(folder.path)/\(name)", most: 1 << 10)
      seeds = [bytes, bytes + bytes]
    }
    return Place(folder, name, seeds: seeds) { _ in
      _ = try Dataset.load("mnist", path: folder.path)
    }
  }

  /// CIFAR's files with an image or two each and this one among them.
  static func cifar(_ folder: TemporaryFolder, _ dataset: String, _ name: String) throws -> Place {
    try CIFARBytes.write(to: folder, training: 2, test: 1)
    let ten = try InputFile.bytes(of: "\(folder.path)/data_batch_1.bin", most: 1 << 14)
    let record = ten.count / 2
    let hundred = [UInt8(19)] + ten[..<record] + [7] + ten[record...]
    for file in ["train.bin", "test.bin"] { try folder.write(hundred, to: file) }
    let names = Array((0..<10).map { "class \($0)" }.joined(separator: "\n").utf8)
    let seeds =
      switch name {
      case "batches.meta.txt": [names, names + [0x0A, 0x0A]]
      case "train.bin": [hundred, Array(hundred.prefix(record + 1))]
      default: [ten, Array(ten.prefix(record))]
      }
    return Place(folder, name, seeds: seeds) { _ in
      _ = try Dataset.load(dataset, path: folder.path)
    }
  }

  /// A folder in Tiny-ImageNet's layout with an image to train on for each of two classes and one
  /// to test with, and this one among its files; every reading decodes.
  static func tinyImageNet(_ folder: TemporaryFolder, _ name: String) throws -> Place {
    let files = try smallTinyImageNet(folder)
    let cache = folder.path + "/cache"
    let original = try InputFile.bytes(of: "\(files.path)/\(name)", most: 1 << 16)
    let seeds =
      name.hasSuffix(".JPEG")
      ? try [
        JPEGBytes.image(), JPEGBytes.image(.greyscale), JPEGBytes.image(.cmyk),
        JPEGBytes.image(width: 8, height: 8),
      ] : [original]
    return Place(folder, "tiny-imagenet-200/" + name, seeds: seeds) { _ in
      defer { try? FileManager.default.removeItem(atPath: cache) }
      _ = try Dataset.load("tiny-imagenet", path: files.path, cache: cache)
    }
  }

  private static func smallTinyImageNet(_ folder: TemporaryFolder) throws -> TinyImageNetFiles {
    let path = folder.path + "/tiny-imagenet-200"
    let files = try TinyImageNetFiles(path: path, classes: 2, training: 1, test: 1)
    // Smooth images, because they are small.
    for name in files.classes {
      try files.write(JPEGBytes.image(), to: "train/\(name)/images/\(name)_0.JPEG")
    }
    try files.write(JPEGBytes.image(.greyscale), to: "val/images/val_0.JPEG")
    return files
  }

  /// The decoded images of a folder in Tiny-ImageNet's layout, whose files have the time of their
  /// last change fixed, so that the fingerprint is always the same.
  static func imageCache(_ folder: TemporaryFolder) throws -> Place {
    let files = try smallTinyImageNet(folder)
    let images = try FileManager.default.subpathsOfDirectory(atPath: files.path).filter {
      $0.hasSuffix(".JPEG")
    }
    for image in images {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000)],
        ofItemAtPath: "\(files.path)/\(image)")
    }
    let cache = folder.path + "/cache"
    _ = try Dataset.load("tiny-imagenet", path: files.path, cache: cache)
    let name = try Folder.names(in: cache)[0]
    let whole = try InputFile.bytes(of: "\(cache)/\(name)", most: 1 << 16)
    return Place(folder, "cache/\(name)", seeds: [whole, Array(whole.prefix(4096))]) { _ in
      _ = try Dataset.load("tiny-imagenet", path: files.path, cache: cache)
    }
  }

  /// A file of two tensors.
  static func safetensors(_ folder: TemporaryFolder) throws -> Place {
    let file = Safetensors(
      tensors: [
        "a.weight": .init([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]),
        "mask.a.weight": .init([1, 1, 0, 1, 0, 1], shape: [2, 3]),
      ], metadata: ["network": "lenet300-100"])
    return Place(folder, "network.safetensors", seeds: [[UInt8](try file.encoded())]) {
      for tensor in try Safetensors(path: $0).tensors.values {
        let count = tensor.shape.reduce(1, *)
        precondition(tensor.bytes.count == count * tensor.type.size)
        precondition(tensor.floats.map { $0.count == count } ?? true)
        precondition(tensor.integers.map { $0.count == count } ?? true)
      }
    }
  }

  /// A recipe, which is also written as resolved and read back.
  static func recipe(_ folder: TemporaryFolder) throws -> Place {
    try folder.write(Array("[data]\nname = \"mnist\"\n".utf8), to: "other.toml")
    let recipes = Shell.root + "/launch/recipes"
    let seeds =
      try ["lenet300-mnist", "lenet5-mnist", "resnet20-cifar10"].map {
        try InputFile.bytes(of: "\(recipes)/\($0).toml", most: 1 << 16)
      } + [
        Array("base = \"other\"\n[quick]\ntraining.epochs = 1\n".utf8),
        Array("[training]\nmilestones = [1, 2]\noptimizer = 'sgd' # why\ngamma = 0.5\n".utf8),
      ]
    return Place(folder, "recipe.toml", seeds: seeds) {
      let recipe = try Recipe.load($0, folder: folder.path)
      let again = try Recipe(name: recipe.name, text: recipe.text)
      precondition(again.text == recipe.text, "\(recipe.text) is read as \(again.text)")
    }
  }
}
