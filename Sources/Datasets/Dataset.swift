import Communication
import Outcomes
import Storage

/// A data set: images to train on and images to test with.
package struct Dataset: Sendable {
  /// The name recipes use.
  package let name: String
  /// Classes the labels tell apart.
  package let classes: Int
  /// Images to train, validate and prune on.
  package let training: ImageSet
  /// Images that are looked at once, at the end.
  package let test: ImageSet
  /// SHA-256 over pixels and labels of both.
  package let sha256: String
  /// The files of the training images of a data set that has several of them.
  var batches: Batches?

  /// A data set of these images.
  /// - Throws: what hashing throws.
  package init(name: String, classes: Int, training: ImageSet, test: ImageSet) throws {
    let hash = try SHA256Hash()
    for set in [training, test] {
      try set.pixels.withSpan { try $0.withUnsafeBytes(hash.update) }
      try set.labels.withUnsafeBytes(hash.update)
    }
    self.init(
      name: name, classes: classes, training: training, test: test,
      sha256: try hash.hexadecimal())
  }

  /// A data set of these images, whose hash is known.
  init(name: String, classes: Int, training: ImageSet, test: ImageSet, sha256: String) {
    self.name = name
    self.classes = classes
    self.training = training
    self.test = test
    self.sha256 = sha256
  }

  /// A data set that recipes can name.
  package struct Source: Sendable {
    /// Where Debian's package puts it, if there is one.
    package let defaultPath: String?
    /// What to do when it is not there.
    package let remedy: String
    /// How its images get into memory.
    let loading: Loading
  }

  /// How the images of a data set get into memory.
  enum Loading: Sendable {
    /// Every rank reads the files of a folder.
    case read(@Sendable (_ name: String, _ path: String) throws -> Dataset)
    /// The files of a folder are decoded once, by all ranks together, into an `ImageCache`.
    case decode(@Sendable (_ name: String, _ path: String) throws -> ImageListing)
  }

  /// The data sets by the name recipes use.
  package static let sources: [String: Source] = [
    "cifar10": Source(
      defaultPath: nil,
      remedy: "set data.path to the folder with CIFAR-10's binary files (data_batch_1.bin, …)",
      loading: .read(CIFARFile.ten)),
    "cifar100": Source(
      defaultPath: nil,
      remedy: "set data.path to the folder with CIFAR-100's binary files (train.bin, test.bin)",
      loading: .read(CIFARFile.hundred)),
    "fashion-mnist": Source(
      defaultPath: "/usr/share/datasets/fashion-mnist",
      remedy: "install Debian's package dataset-fashion-mnist or set data.path to its folder",
      loading: .read(IDXFile.dataset)),
    "mnist": Source(
      defaultPath: nil,
      remedy: "set data.path to the folder with MNIST's four files (train-images-idx3-ubyte.gz, …)",
      loading: .read(IDXFile.dataset)),
    "tiny-imagenet": Source(
      defaultPath: nil,
      remedy: "set data.path to Tiny-ImageNet's folder (tiny-imagenet-200)",
      loading: .decode(TinyImageNetFolder.listing)),
  ]

  /// Loads the data set `name` as a process alone does it.
  /// - Throws: `FileError`, `ConfigurationError` for an unknown name.
  package static func load(
    _ name: String, path: String, cache: String = "", notice: (String) -> Void = { _ in }
  ) throws -> Dataset {
    do {
      return try load(name, path: path, cache: cache, ranks: SingleProcess(), notice: notice)
    } catch let failure as AgreedFailure { throw failure.cause ?? failure }
  }

  /// Loads the data set `name` from the folder `path`, or from where its package puts it, on `ranks`.
  ///
  /// - Parameters:
  ///   - cache: the folder for decoded images; empty for the user's cache folder.
  ///   - notice: is told on every rank what the user should know.
  /// - Throws: `AgreedFailure`: that of a `FileError`, or of a `ConfigurationError` for an unknown name.
  package static func load(
    _ name: String, path: String, cache: String = "", ranks: any Communicator,
    notice: (String) -> Void
  ) throws -> Dataset {
    let (loading, path) = try ranks.agree { try find(name, path: path) }
    let dataset: Dataset
    switch loading {
    case .read(let read):
      dataset = try ranks.agree { try read(name, path) }
    case .decode(let list):
      dataset = try ImageCache.load(name, cache: cache, ranks: ranks, notice: notice) {
        try list(name, path)
      }
    }
    if let part = dataset.part { notice(part) }
    return dataset
  }

  /// How the data set `name` is loaded, and from where.
  static func find(_ name: String, path: String) throws -> (Loading, path: String) {
    guard let source = sources[name] else {
      throw ConfigurationError(
        place: "data.name",
        reason:
          "unknown data set \"\(name)\"; known are \(sources.keys.sorted().joined(separator: ", "))"
      )
    }
    guard let path = path.isEmpty ? source.defaultPath : path else {
      throw FileError.missing(path: "data set \(name)", remedy: source.remedy)
    }
    return (source.loading, path)
  }
}
