import Storage
import Tensors

/// The image files of a data set with their labels, before any is decoded.
struct ImageListing: Sendable {
  /// One image file.
  struct Entry: Sendable {
    /// Its path below the data set's folder.
    let file: String
    /// A class, 0 ..< classes.
    let label: Int32
  }

  /// The name recipes use.
  let name: String
  /// Where the data set lies.
  let folder: String
  /// What the classes are called; a label is a place in it.
  let classNames: [String]
  /// Classes the labels tell apart.
  var classes: Int { classNames.count }
  /// Shape of every image.
  let shape: FeatureShape
  /// Images to train on, then images to test with.
  let entries: [Entry]
  /// How many of the entries are to train on.
  let trainingCount: Int
  /// SHA-256 over what the decoded images follow from: name, label, size and time of the last
  /// change of every file, in order.
  ///
  /// Not over their content, which would mean to read every file at every start. Whatever replaces
  /// or edits a file changes its size or its time; a copy that keeps neither is decoded once more.
  let fingerprint: String

  /// The images `training` and `test` in `folder`.
  /// - Throws: `FileError`, damaged where one is no file.
  init(
    name: String, folder: String, classNames: [String], shape: FeatureShape, training: [Entry],
    test: [Entry]
  ) throws {
    self.name = name
    self.folder = folder
    self.classNames = classNames
    self.shape = shape
    self.entries = training + test
    self.trainingCount = training.count
    let hash = try SHA256Hash()
    try hash.update(
      Array("\(classNames.count) classes, \(shape), \(training.count) to train on\n".utf8))
    for entry in entries {
      let state = try FileState(folder + "/" + entry.file)
      try hash.update(Array("\(entry.file)\0\(entry.label) \(state)\n".utf8))
    }
    self.fingerprint = try hash.hexadecimal()
  }

  /// The pixels of entry `index`, `[channel][row][column]`.
  /// - Throws: `FileError`.
  func pixels(_ index: Int) throws -> [UInt8] {
    try JPEGImage.pixels(of: folder + "/" + entries[index].file, shape: shape)
  }
}
