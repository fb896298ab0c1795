import Storage
import Tensors

/// How many images of what shape a data set has.
package struct DatasetSize: Sendable, Equatable {
  /// Where the counts come from.
  package enum Source: String, Sendable, Codable {
    /// The files that are there.
    case files
    /// What the data set is known to have: its files are not there.
    case known
  }

  /// The name recipes use.
  package let name: String
  /// Classes the labels tell apart.
  package let classes: Int
  /// Shape of an image.
  package let shape: FeatureShape
  /// Images to train, validate and prune on.
  package let training: Int
  /// Images that are looked at once, at the end.
  package let test: Int
  /// Whether the ranks of a machine share the images' memory.
  package let isShared: Bool
  /// Where the counts come from.
  package let source: Source

  /// Bytes of pixels and labels.
  package var bytes: Int { (training + test) * (shape.count + MemoryLayout<Int32>.stride) }

  /// The size of a data set.
  package init(
    name: String, classes: Int, shape: FeatureShape, training: Int, test: Int,
    isShared: Bool = false, source: Source = .known
  ) {
    (self.name, self.classes, self.shape) = (name, classes, shape)
    (self.training, self.test) = (training, test)
    (self.isShared, self.source) = (isShared, source)
  }

  /// The size of the data set `name`: from its files in `path` (or where its package puts them)
  /// where these are there, else what it is known to have.
  /// - Throws: `FileError.damaged`, `ConfigurationError` for an unknown name.
  package static func of(_ name: String, path: String) throws -> DatasetSize {
    do {
      let (format, path) = try DataFormat.find(name, path: path)
      switch format.loading {
      case .read(let read): return try DatasetSize(read(name, path))
      case .decode(let list): return try DatasetSize(list(name, path))
      }
    } catch let error as FileError where error.exitCode == .missingInput {
      guard let format = DataFormat.named(name) else { throw error }
      return format.published
    }
  }

  private init(_ dataset: Dataset) {
    self.init(
      name: dataset.name, classes: dataset.classes, shape: dataset.training.shape,
      training: dataset.training.count, test: dataset.test.count, source: .files)
  }

  private init(_ listing: ImageListing) {
    self.init(
      name: listing.name, classes: listing.classes, shape: listing.shape,
      training: listing.trainingCount, test: listing.entries.count - listing.trainingCount,
      isShared: true, source: .files)
  }
}
