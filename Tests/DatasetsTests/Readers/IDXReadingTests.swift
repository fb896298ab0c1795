import Datasets
import Foundation
import Outcomes
import Storage
import TestSupport
import Testing

@Suite struct IDXReadingTests {
  @Test("pixels and labels are those of the files, in their order")
  func content() throws {
    let folder = try IDXFolder()
    let dataset = try folder.load()
    #expect(dataset.name == "mnist")
    #expect(dataset.classes == 10)
    #expect(dataset.training.count == 20)
    #expect(dataset.test.count == 10)
    for (set, images, labels) in [
      (dataset.training, IDXFolder.names[0], IDXFolder.names[1]),
      (dataset.test, IDXFolder.names[2], IDXFolder.names[3]),
    ] {
      #expect(set.shape.channels == 1 && set.shape.height == 4 && set.shape.width == 4)
      #expect(set.pixels.copy == Array(try folder.bytes(of: images).dropFirst(16)))
      #expect(set.labels == (try folder.bytes(of: labels).dropFirst(8)).map(Int32.init))
    }
  }

  @Test("axes are big-endian: rows, then columns")
  func axes() throws {
    let folder = try IDXFolder()
    for (name, count) in [("train", 1), ("t10k", 2)] {
      try folder.write(
        [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 2, 0, 0, 1, 4]
          + [UInt8](repeating: 5, count: count * 2 * 260), to: "\(name)-images-idx3-ubyte")
      try folder.write(
        [0, 0, 8, 1, 0, 0, 0, UInt8(count)] + [UInt8](repeating: 9, count: count),
        to: "\(name)-labels-idx1-ubyte")
    }
    let dataset = try folder.load()
    #expect(dataset.training.shape.height == 2)
    #expect(dataset.training.shape.width == 260)
    #expect(dataset.test.labels == [9, 9])
  }

  @Test("gzipped files give the same data set; a gzipped file goes before a plain one")
  func gzip() throws {
    let folder = try IDXFolder()
    let plain = try folder.load()
    for name in IDXFolder.names { try folder.compress(name) }
    try folder.write([1, 2, 3], to: IDXFolder.names[0])
    let inflated = try folder.load()
    #expect(inflated.training.pixels.copy == plain.training.pixels.copy)
    #expect(inflated.sha256 == plain.sha256)
  }

  /// Kaggle's archive holds files with a dot beside folders with the other name; 7-Zip takes the
  /// name with a dot from inside the gzipped file, and may make a folder of the archive's name
  /// around it.
  @Test(
    "names with a dot are found, and a folder is no file, but is looked into",
    arguments: ["dot", "dot and folder", "folder", "folder and dot in it"], [true, false])
  func names(_ shape: String, _ isCompressed: Bool) throws {
    let folder = try IDXFolder()
    let hash = try folder.load().sha256
    for name in IDXFolder.names {
      if isCompressed { try folder.compress(name) }
      let file = name + (isCompressed ? ".gz" : "")
      let dotted = file.replacing("-idx", with: ".idx")
      let bytes = try folder.bytes(of: file)
      try folder.remove(file)
      if shape != "dot" { try Folder.make(folder.path(of: file)) }
      switch shape {
      case "dot": try folder.write(bytes, to: dotted)
      case "dot and folder":
        try folder.write(bytes, to: dotted)
        try folder.write([1], to: "\(file)/\(file)")
      case "folder": try folder.write(bytes, to: "\(file)/\(file)")
      default: try folder.write(bytes, to: "\(file)/\(dotted)")
      }
    }
    #expect(try folder.load().sha256 == hash)
  }

  @Test("the hash depends on every image and label")
  func hash() throws {
    let folder = try IDXFolder()
    let hash = try folder.load().sha256
    #expect(hash.count == 64)
    #expect(try folder.load().sha256 == hash)
    for name in IDXFolder.names {
      let original = try folder.bytes(of: name)
      var bytes = original
      bytes[bytes.count - 1] ^= 1
      try folder.write(bytes, to: name)
      #expect(try folder.load().sha256 != hash, "\(name)")
      try folder.write(original, to: name)
    }
  }

  @Test("an unknown data set is refused with those that are known")
  func unknownName() throws {
    let error = try #require(throws: ConfigurationError.self) {
      try Dataset.load("mnits", path: "")
    }
    #expect(error.exitCode == .badConfiguration)
    #expect(error.description.contains("\"mnits\""))
    #expect(error.description.contains("fashion-mnist, mnist"))
  }

  @Test("MNIST has no place of its own: without a path it is missing, with a remedy")
  func noPath() throws {
    let error = try #require(throws: FileError.self) { try Dataset.load("mnist", path: "") }
    #expect(error.exitCode == .missingInput)
    #expect(error.description.contains("data.path"))
  }

  private static let fashion = "/usr/share/datasets/fashion-mnist"

  @Test(
    "Debian's Fashion-MNIST is read whole",
    .enabled(
      if: FileManager.default.fileExists(atPath: fashion),
      "Debian's package dataset-fashion-mnist is not installed"))
  func fashionMNIST() throws {
    let dataset = try Dataset.load("fashion-mnist", path: "")
    #expect(dataset.training.count == 60_000)
    #expect(dataset.test.count == 10_000)
    for set in [dataset.training, dataset.test] {
      #expect(set.shape.height == 28 && set.shape.width == 28)
      for label in 0..<Int32(10) { #expect(set.labels.count { $0 == label } == set.count / 10) }
    }
  }
}
