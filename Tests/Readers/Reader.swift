import Foundation
import Outcomes
import TestSupport

/// A file that the program reads, each with the reader that meets it: what fuzzing and its corpus
/// feed.
package enum Reader: String, CaseIterable, Sendable {
  case idxImages = "idx-images"
  case idxLabels = "idx-labels"
  case idxGzip = "idx-gzip"
  case cifar10
  case cifar100
  case cifarClasses = "cifar-classes"
  case tinyImageNetClasses = "tiny-imagenet-classes"
  case tinyImageNetAnnotations = "tiny-imagenet-annotations"
  case jpeg
  case imageCache = "image-cache"
  case safetensors
  case sparseTensors = "sparse-tensors"
  case onnx
  case recipe

  /// A folder in which all is right, whose one file of this kind `Place.read` replaces.
  /// - Throws: what writing throws.
  package func place() throws -> Place {
    let folder = try TemporaryFolder()
    switch self {
    case .idxImages: return try .idx(folder, "train-images-idx3-ubyte")
    case .idxLabels: return try .idx(folder, "t10k-labels-idx1-ubyte")
    case .idxGzip: return try .idx(folder, "train-images-idx3-ubyte.gz")
    case .cifar10: return try .cifar(folder, "cifar10", "data_batch_1.bin")
    case .cifar100: return try .cifar(folder, "cifar100", "train.bin")
    case .cifarClasses: return try .cifar(folder, "cifar10", "batches.meta.txt")
    case .tinyImageNetClasses: return try .tinyImageNet(folder, "wnids.txt")
    case .tinyImageNetAnnotations: return try .tinyImageNet(folder, "val/val_annotations.txt")
    case .jpeg: return try .tinyImageNet(folder, "val/images/val_0.JPEG")
    case .imageCache: return try .imageCache(folder)
    case .safetensors: return try .safetensors(folder)
    case .sparseTensors: return try .sparseTensors(folder)
    case .onnx: return try .onnx(folder)
    case .recipe: return try .recipe(folder)
    }
  }
}

/// A file with good neighbours, and what reads it.
package struct Place: Sendable {
  /// Its path.
  package let file: String
  /// Contents that are read without complaint.
  package let seeds: [[UInt8]]
  private let folder: TemporaryFolder
  private let call: @Sendable (_ file: String) throws -> Void

  init(
    _ folder: TemporaryFolder, _ file: String, seeds: [[UInt8]],
    call: @escaping @Sendable (_ file: String) throws -> Void
  ) {
    self.folder = folder
    self.file = folder.path + "/" + file
    self.seeds = seeds
    self.call = call
  }

  /// Puts `bytes` into the file and has it read.
  ///
  /// - Returns: what a user would be told; nil where the file was read.
  /// - Throws: an error that is none for users.
  package func read(_ bytes: some Sequence<UInt8>) throws -> (any UserFacingError)? {
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    do {
      try call(file)
      return nil
    } catch let error as any UserFacingError {
      // What is said must be a text, too.
      _ = error.description.utf8.count
      return error
    }
  }
}
