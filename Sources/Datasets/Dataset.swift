import Communication
import Storage

/// A data set: images to train on and images to test with.
package struct Dataset: Sendable {
  /// The name recipes use.
  package let name: String
  /// What the classes are called; a label is a place in it.
  package let classNames: [String]
  /// Classes the labels tell apart.
  package var classes: Int { classNames.count }
  /// Images to train, validate and prune on.
  package let training: ImageSet
  /// Images that are looked at once, at the end.
  package let test: ImageSet
  /// SHA-256 over pixels and labels of both.
  package let sha256: String
  /// The files of the training images of a data set that has several of them.
  var trainingFiles: TrainingFiles?

  /// A data set of these images, in classes that have these names.
  /// - Throws: what hashing throws.
  package init(name: String, classNames: [String], training: ImageSet, test: ImageSet) throws {
    let hash = try SHA256Hash()
    for set in [training, test] {
      try set.pixels.withSpan { try $0.withUnsafeBytes(hash.update) }
      try set.labels.withUnsafeBytes(hash.update)
    }
    self.init(
      name: name, classNames: classNames, training: training, test: test,
      sha256: try hash.hexadecimal())
  }

  /// A data set of these images, in so many classes that have numbers for names.
  /// - Throws: what hashing throws.
  package init(name: String, classes: Int, training: ImageSet, test: ImageSet) throws {
    try self.init(
      name: name, classNames: (0..<classes).map(String.init), training: training, test: test)
  }

  /// A data set of these images, whose hash is known.
  init(name: String, classNames: [String], training: ImageSet, test: ImageSet, sha256: String) {
    self.name = name
    self.classNames = classNames
    self.training = training
    self.test = test
    self.sha256 = sha256
  }

  /// Loads the data set `name` as a process alone does it.
  /// - Throws: `FileError`, `ConfigurationError` for an unknown name.
  package static func load(
    _ name: String, path: String, cache: String = "", notice: (String) -> Void = { _ in }
  ) throws -> Dataset {
    do {
      return try load(name, path: path, cache: cache, ranks: SingleProcess(), notice: notice)
    } catch let failure as AgreedFailure { throw failure.cause ?? failure }
  }

  /// Loads the data set `name` from the folder `path`, or from where its package puts it, on
  /// `ranks`.
  ///
  /// - Parameters:
  ///   - cache: the folder for decoded images; empty for the user's cache folder.
  ///   - notice: is told on every rank what the user should know.
  /// - Throws: `AgreedFailure`: that of a `FileError`, or of a `ConfigurationError` for an unknown
  ///   name.
  package static func load(
    _ name: String, path: String, cache: String = "", ranks: any Communicator,
    notice: (String) -> Void
  ) throws -> Dataset {
    let (format, path) = try ranks.agree { try DataFormat.find(name, path: path) }
    let dataset: Dataset
    switch format.loading {
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
}
