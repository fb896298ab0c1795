import Storage
import Tensors

/// Tiny-ImageNet as it is distributed (Le, Yang: "Tiny ImageNet visual recognition challenge",
/// Stanford CS 231N, 2015): `wnids.txt` with a class on each line, `train/CLASS/images` with the images
/// of a class, `val/images` with those to test with, whose classes `val/val_annotations.txt` tells.
/// `test` has no labels and is left alone.
///
/// Any part of it is a data set. A class is its line in `wnids.txt`, so labels mean the same in every
/// part; a class without a folder has no training images, and an annotation without an image counts
/// for nothing. Whatever is there must be understood, though: nothing is passed over.
struct TinyImageNetFolder {
  private static let shape = FeatureShape(channels: 3, height: 64, width: 64)
  private static let classFile = "wnids.txt"
  private static let annotationFile = "val/val_annotations.txt"

  private let folder: DataFolder
  private let path: String
  /// The classes in their order, and the place of each.
  private let names: [String]
  private let labels: [String: Int32]

  /// The images of the data set in the folder `path`, in an order that depends on names alone.
  /// - Throws: `FileError`.
  static func listing(name: String, path: String) throws -> ImageListing {
    let folder = try TinyImageNetFolder(name: name, path: path)
    return try ImageListing(
      name: name, folder: path, classes: folder.names.count, shape: shape,
      training: folder.training(), test: folder.test())
  }

  private init(name: String, path: String) throws {
    folder = try DataFolder(path, of: name)
    self.path = path
    let file = try folder.file(Self.classFile)
    var (names, labels): ([String], [String: Int32]) = ([], [:])
    for line in try InputFile.lines(of: file) {
      let words = line.text.split(whereSeparator: \.isWhitespace)
      guard words.count == 1, !words[0].contains("/"), !words[0].hasPrefix(".") else {
        throw Self.damaged(file, line: line.number, "\"\(line.text)\" is no name of a class")
      }
      let name = String(words[0])
      if let first = labels.updateValue(Int32(names.count), forKey: name) {
        throw Self.damaged(file, line: line.number, "\(name) is class \(first) already")
      }
      names.append(name)
    }
    guard !names.isEmpty else {
      throw FileError.damaged(path: file, offset: nil, reason: "names no class")
    }
    (self.names, self.labels) = (names, labels)
  }

  /// Class by class, in the order of `wnids.txt`.
  private func training() throws -> [ImageListing.Entry] {
    let present = Set(try Folder.names(in: try folder.file("train")))
    if let unknown = present.subtracting(names).min() {
      throw FileError.damaged(
        path: "\(path)/train/\(unknown)", offset: nil, reason: "is no class of \(Self.classFile)")
    }
    guard !present.isEmpty else {
      throw FileError.missing(
        path: "\(path)/train/\(names[0])",
        remedy: "set data.path to a folder with images of a class to train on")
    }
    return try names.enumerated().filter { present.contains($0.element) }.flatMap { label, name in
      try images("train/\(name)/images").map {
        ImageListing.Entry(file: $0, label: Int32(label))
      }
    }
  }

  private func test() throws -> [ImageListing.Entry] {
    let annotations = try annotations()
    return try images("val/images").map { file in
      guard let label = annotations[file] else {
        throw FileError.damaged(
          path: "\(path)/\(file)", offset: nil, reason: "has no line in \(Self.annotationFile)")
      }
      return ImageListing.Entry(file: file, label: label)
    }
  }

  /// The label of each image that `val_annotations.txt` tells: lines of an image's name, its class and
  /// four numbers that are not used, separated by tabs.
  private func annotations() throws -> [String: Int32] {
    let file = try folder.file(Self.annotationFile)
    var annotations: [String: Int32] = [:]
    for line in try InputFile.lines(of: file) {
      let fields = line.text.split(separator: "\t", omittingEmptySubsequences: false)
      guard fields.count >= 2 else {
        throw Self.damaged(file, line: line.number, "no class behind a tab")
      }
      guard let label = labels[String(fields[1])] else {
        throw Self.damaged(
          file, line: line.number, "\(fields[1]) is no class of \(Self.classFile)")
      }
      guard annotations.updateValue(label, forKey: "val/images/\(fields[0])") == nil else {
        throw Self.damaged(file, line: line.number, "\(fields[0]) a second time")
      }
    }
    return annotations
  }

  /// The images in `folder`, by length of their names and then by their bytes, so that the numbers in
  /// them ascend.
  private func images(_ folder: String) throws -> [String] {
    let names = try self.folder.optionalFile(folder).map(Folder.names) ?? []
    guard !names.isEmpty else {
      throw FileError.damaged(path: "\(path)/\(folder)", offset: nil, reason: "holds no images")
    }
    if let other = names.filter({ !$0.uppercased().hasSuffix(".JPEG") }).min() {
      throw FileError.damaged(
        path: "\(path)/\(folder)/\(other)", offset: nil,
        reason: "is no .JPEG; only images belong here")
    }
    return names.sorted {
      $0.utf8.count == $1.utf8.count
        ? $0.utf8.lexicographicallyPrecedes($1.utf8) : $0.utf8.count < $1.utf8.count
    }.map { "\(folder)/\($0)" }
  }

  private static func damaged(_ path: String, line: Int, _ reason: String) -> FileError {
    .damaged(path: path, offset: nil, reason: "line \(line): \(reason)")
  }
}
