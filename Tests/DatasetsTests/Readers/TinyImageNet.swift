import Datasets
import Foundation
import Outcomes
import Storage
import TestSupport
import Testing

/// A folder with a small data set in Tiny-ImageNet's layout, whose files tests replace, and one for
/// its decoded images.
struct TinyImageNet: Sendable {
  let files: TinyImageNetFiles
  let cache: String
  private let folder: TemporaryFolder

  /// 3 classes with 4 training images each, 6 test images.
  init() throws {
    folder = try TemporaryFolder()
    files = try TinyImageNetFiles(path: folder.path + "/tiny-imagenet-200")
    cache = folder.path + "/cache"
  }

  var path: String { files.path }

  /// The first image of class `label`.
  func image(_ label: Int) -> String {
    "train/\(files.classes[label])/images/\(files.classes[label])_0.JPEG"
  }

  /// Moves the images of each class out of its folder `images`, as scripts do.
  func rearrangeTraining() throws {
    for name in files.classes {
      let folder = "\(path)/train/\(name)"
      for image in try Folder.names(in: folder + "/images") {
        try FileManager.default.moveItem(
          atPath: "\(folder)/images/\(image)", toPath: "\(folder)/\(image)")
      }
      try files.remove("train/\(name)/images")
    }
  }

  /// Moves each test image to a folder of its class, or into the folder `images` there, and removes
  /// what told its class, as scripts do.
  func rearrangeTest(within images: Bool) throws {
    for line in try InputFile.lines(of: path + "/val/val_annotations.txt") {
      let words = line.text.split(separator: "\t")
      let folder = "\(path)/val/\(words[1])" + (images ? "/images" : "")
      try Folder.make(folder)
      try FileManager.default.moveItem(
        atPath: "\(path)/val/images/\(words[0])", toPath: "\(folder)/\(words[0])")
    }
    try files.remove("val/images")
    try files.remove("val/val_annotations.txt")
  }

  func load(notice: (String) -> Void = { _ in }) throws -> Dataset {
    try Dataset.load("tiny-imagenet", path: path, cache: cache, notice: notice)
  }

  /// Requires that the data set is refused with `exitCode` and that nothing of it is kept, and
  /// gives the message.
  func refusal(_ exitCode: ExitCode) throws -> String {
    let error = try #require(throws: FileError.self) { try load() }
    #expect(error.exitCode == exitCode, "\(error)")
    #expect(try cached().isEmpty)
    return error.description
  }

  /// The names in the folder of decoded images.
  func cached() throws -> [String] {
    guard FileManager.default.fileExists(atPath: cache) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: cache).sorted()
  }

  /// The path of the one file of decoded images.
  func cacheFile() throws -> String {
    let names = try cached()
    try #require(names.count == 1, "\(names)")
    return cache + "/" + names[0]
  }
}
