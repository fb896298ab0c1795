import Datasets
import Foundation
import Storage
import TestSupport
import Testing

@Suite struct TinyImageNetReadingTests {
  private let data: TinyImageNet

  init() throws { data = try TinyImageNet() }

  /// The pixels of image `index`, channel by channel.
  private func planes(_ images: ImageSet, _ index: Int) -> [[UInt8]] {
    let image = images.pixels.copy[index * images.shape.count..<(index + 1) * images.shape.count]
    let size = 64 * 64
    return (0..<3).map { Array(image.dropFirst($0 * size).prefix(size)) }
  }

  @Test("classes are those of wnids.txt in its order, val is the test set")
  func content() throws {
    let dataset = try data.load()
    #expect(dataset.name == "tiny-imagenet" && dataset.classes == 3)
    for (images, labels) in [
      (dataset.training, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]), (dataset.test, [0, 1, 2, 0, 1, 2]),
    ] {
      #expect(images.labels == labels.map(Int32.init))
      #expect(images.shape.channels == 3 && images.shape.height == 64 && images.shape.width == 64)
      #expect(images.normalisation == .imageNet)
      // Rows that are bright tell the class of an image.
      for (index, label) in labels.enumerated() {
        let rows = planes(images, index)[1].enumerated().filter { $0.offset / 512 == label }
        #expect(rows.reduce(0) { $0 + Int($1.element) } / rows.count > 150, "image \(index)")
      }
    }
  }

  @Test("pixels are those of the image: red, green and blue apart, row by row")
  func colours() throws {
    try data.files.write(JPEGBytes.image(blue: 200), to: data.image(0))
    let planes = planes(try data.load().training, 0)
    for row in stride(from: 2, to: 62, by: 5) {
      for column in stride(from: 2, to: 62, by: 7) {
        let colour = planes.map { Int($0[64 * row + column]) }
        for (value, expected) in zip(colour, [3 * row, 3 * column, 200]) {
          #expect(abs(value - expected) <= 6, "\(colour) at row \(row), column \(column)")
        }
      }
    }
  }

  @Test("greyscale has the same red, green and blue")
  func greyscale() throws {
    try data.files.write(JPEGBytes.image(.greyscale), to: data.image(0))
    let planes = planes(try data.load().training, 0)
    #expect(planes[0] == planes[1] && planes[1] == planes[2])
    #expect((0..<64).allSatisfy { abs(Int(planes[0][64 * $0 + 9]) - 3 * $0) <= 3 })
  }

  @Test("images go by the numbers in their names")
  func order() throws {
    let name = data.files.classes[1]
    for (number, blue) in [(10, UInt8(40)), (9, 120)] {
      try data.files.write(
        JPEGBytes.image(blue: blue), to: "train/\(name)/images/\(name)_\(number).JPEG")
    }
    let training = try data.load().training
    #expect(training.labels == [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2].map(Int32.init))
    for (index, blue) in [(8, 120), (9, 40)] {
      #expect(abs(Int(planes(training, index)[2][64 * 30 + 30]) - blue) <= 6)
    }
  }

  @Test("any part is a data set: classes without a folder are known and have no training images")
  func part() throws {
    try data.files.remove("train/\(data.files.classes[1])")
    try data.files.remove("val/images/val_1.JPEG")
    let dataset = try data.load()
    #expect(dataset.classes == 3)
    #expect(dataset.training.labels == [0, 0, 0, 0, 2, 2, 2, 2].map(Int32.init))
    // The annotation of the image that is gone counts for nothing.
    #expect(dataset.test.labels == [0, 2, 0, 1, 2].map(Int32.init))
  }

  @Test("words, boxes, the unlabelled test folder and hidden files are left alone")
  func others() throws {
    let hash = try data.load().sha256
    for name in [
      "words.txt", "test/images/test_0.JPEG", "train/.DS_Store", "val/images/._val_0.JPEG",
      "train/\(data.files.classes[0])/notes.txt",
    ] {
      try data.files.write([0xFF, 1], to: name)
    }
    try data.files.remove("train/\(data.files.classes[0])/\(data.files.classes[0])_boxes.txt")
    #expect(try data.load().sha256 == hash)
    #expect(try data.cached().count == 1)
  }

  @Test("lines may end as on Windows, and the last one without an end")
  func lineEnds() throws {
    let hash = try data.load().sha256
    for name in ["wnids.txt", "val/val_annotations.txt"] {
      let text = try data.files.text(of: name).dropLast().replacing("\n", with: "\r\n")
      try data.files.write(text: String(text), to: name)
    }
    #expect(try data.load().sha256 == hash)
  }

  @Test("a byte-order mark in front of a list is no part of it")
  func byteOrderMark() throws {
    let hash = try data.load().sha256
    for name in ["wnids.txt", "val/val_annotations.txt"] {
      try data.files.write([0xEF, 0xBB, 0xBF] + Array(data.files.text(of: name).utf8), to: name)
    }
    #expect(try data.load().sha256 == hash)
  }

  @Test("without a path it is missing, with a remedy")
  func noPath() throws {
    let error = try #require(throws: FileError.self) { try Dataset.load("tiny-imagenet", path: "") }
    #expect(error.exitCode == .missingInput)
    #expect(error.description.contains("data.path"))
  }

  /// The official files or a part of them.
  private static let official = ProcessInfo.processInfo.environment["RELIEF_DATA"].map {
    $0 + "/tiny-imagenet-200"
  }

  @Test(
    "the official Tiny-ImageNet is read, as much of it as is there",
    .enabled(
      if: official.map(FileManager.default.fileExists) ?? false,
      "RELIEF_DATA names no folder with tiny-imagenet-200"))
  func whole() throws {
    let path = try #require(Self.official)
    let dataset = try Dataset.load("tiny-imagenet", path: path, cache: data.cache)
    let classes = try FileManager.default.contentsOfDirectory(atPath: path + "/train")
    let images = try classes.reduce(0) {
      $0 + (try FileManager.default.contentsOfDirectory(atPath: "\(path)/train/\($1)/images").count)
    }
    #expect(dataset.training.count == images)
    #expect(Set(dataset.training.labels).count == classes.count)
    for label in 0..<Int32(dataset.classes) {
      #expect(dataset.test.labels.count { $0 == label } == 50)
    }
    // Of photographs, neighbours in a row are alike and far places are not.
    let pixels = dataset.test.pixels.copy.map(Int.init)
    let difference = { step in
      stride(from: 0, to: pixels.count - 2048, by: 997).reduce(0) {
        $0 + abs(pixels[$1] - pixels[$1 + step])
      }
    }
    #expect(2 * difference(1) < difference(2000))
  }
}
