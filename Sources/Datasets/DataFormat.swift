import Outcomes
import Storage
import Tensors

/// A data set that recipes can name, with the form its files come in. Each reader lists those that
/// it reads, in its own file.
package struct DataFormat: Sendable {
  /// How the images of a data set get into memory.
  enum Loading: Sendable {
    /// Every rank reads the files of a folder.
    case read(@Sendable (_ name: String, _ path: String) throws -> Dataset)
    /// The files of a folder are decoded once, by all ranks together, into an `ImageCache`.
    case decode(@Sendable (_ name: String, _ path: String) throws -> ImageListing)
  }

  /// The name recipes use.
  package let name: String
  /// What its authors publish.
  package let published: DatasetSize
  /// Where Debian's package puts it, if there is one.
  let defaultPath: String?
  /// What to do when it is not there.
  let remedy: String
  /// What its folders and archives are called.
  let distribution: Distribution
  /// How its images get into memory.
  let loading: Loading

  init(
    _ name: String, shape: FeatureShape, classes: Int, training: Int, test: Int,
    defaultPath: String? = nil, remedy: String, distribution: Distribution, loading: Loading
  ) {
    var isShared = false
    if case .decode = loading { isShared = true }
    published = DatasetSize(
      name: name, classes: classes, shape: shape, training: training, test: test,
      isShared: isShared)
    (self.name, self.defaultPath, self.remedy) = (name, defaultPath, remedy)
    (self.distribution, self.loading) = (distribution, loading)
  }

  /// Every one.
  package static let all = IDXFile.formats + CIFARFile.formats + TinyImageNetFolder.formats

  /// The one of this name.
  package static func named(_ name: String) -> DataFormat? { all.first { $0.name == name } }

  /// The data set `name`, and the folder `path` or the one where its package puts it.
  /// - Throws: `ConfigurationError` for an unknown name, `FileError.missing` where no folder is
  ///   known.
  static func find(_ name: String, path: String) throws -> (DataFormat, path: String) {
    guard let format = named(name) else {
      let known = all.map(\.name).sorted().joined(separator: ", ")
      throw ConfigurationError(
        place: "data.name", reason: "unknown data set \"\(name)\"; known are \(known)")
    }
    guard let path = path.isEmpty ? format.defaultPath : path else {
      throw FileError.missing(path: "data set \(name)", remedy: format.remedy)
    }
    return (format, path)
  }
}
