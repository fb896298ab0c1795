import Storage
import Tensors

/// A data set: images to train on and images to test with.
public struct Dataset: Sendable {
  /// The name recipes use.
  public let name: String
  /// Classes the labels tell apart.
  public let classes: Int
  /// Images to train, validate and prune on.
  public let training: ImageSet
  /// Images that are looked at once, at the end.
  public let test: ImageSet
  /// SHA-256 over pixels and labels of both.
  public let sha256: String

  /// A data set of these images.
  /// - Throws: what hashing throws.
  public init(name: String, classes: Int, training: ImageSet, test: ImageSet) throws {
    self.name = name
    self.classes = classes
    self.training = training
    self.test = test
    let hash = try SHA256Hash()
    for set in [training, test] {
      try set.pixels.withUnsafeBytes(hash.update)
      try set.labels.withUnsafeBytes(hash.update)
    }
    self.sha256 = try hash.hexadecimal()
  }

  /// A data set that recipes can name.
  public struct Source: Sendable {
    /// Where Debian's package puts it, if there is one.
    public let defaultPath: String?
    /// What to do when it is not there.
    public let remedy: String
    /// Reads it from a folder.
    let read: @Sendable (_ name: String, _ path: String) throws -> Dataset
  }

  /// The data sets by the name recipes use.
  public static let sources: [String: Source] = [
    "cifar10": Source(
      defaultPath: nil,
      remedy: "set data.path to the folder with CIFAR-10's binary files (data_batch_1.bin, …)",
      read: CIFARFile.ten),
    "cifar100": Source(
      defaultPath: nil,
      remedy: "set data.path to the folder with CIFAR-100's binary files (train.bin, test.bin)",
      read: CIFARFile.hundred),
    "fashion-mnist": Source(
      defaultPath: "/usr/share/datasets/fashion-mnist",
      remedy: "install Debian's package dataset-fashion-mnist or set data.path to its folder",
      read: IDXFile.dataset),
    "mnist": Source(
      defaultPath: nil,
      remedy: "set data.path to the folder with MNIST's four files (train-images-idx3-ubyte.gz, …)",
      read: IDXFile.dataset),
  ]

  /// Reads the data set `name` from the folder `path`, or from where its package puts it.
  /// - Throws: `FileError`, `ConfigurationError` for an unknown name.
  public static func load(_ name: String, path: String) throws -> Dataset {
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
    return try source.read(name, path)
  }
}
