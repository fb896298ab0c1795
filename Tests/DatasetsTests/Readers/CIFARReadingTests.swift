import Datasets
import Foundation
import Storage
import TestSupport
import Testing

@Suite struct CIFARReadingTests {
  @Test(
    "pixels and labels are those of the files, in their order", arguments: CIFARFolder.Kind.allCases
  )
  func content(_ kind: CIFARFolder.Kind) throws {
    let dataset = try CIFARFolder(kind).load()
    #expect(dataset.name == kind.rawValue && dataset.classes == kind.classes)
    let last = kind.files.count - 1
    for (set, files) in [(dataset.training, 0..<last), (dataset.test, last..<last + 1)] {
      let records = files.flatMap { file in (0..<CIFARFolder.records).map { (file, $0) } }
      #expect(set.count == records.count)
      #expect(set.shape.channels == 3 && set.shape.height == 32 && set.shape.width == 32)
      #expect(set.normalisation == .imageNet)
      #expect(set.labels == records.map { Int32(CIFARFolder.label(kind, file: $0.0, $0.1)) })
      let isSame = set.pixels.copy == records.flatMap { CIFARFolder.pixels(file: $0.0, $0.1) }
      #expect(isSame, "\(files)")
    }
  }

  @Test("batches go by number, not by name, and as many are read as there are")
  func batches() throws {
    let folder = try CIFARFolder(.cifar10)
    try folder.rename("data_batch_1.bin", to: "data_batch_10.bin")
    try folder.write([1], to: "data_batch_1.bin.part")
    try folder.write([1], to: "data_batch_x.bin")
    let labels = { file in
      (0..<CIFARFolder.records).map { Int32(CIFARFolder.label(.cifar10, file: file, $0)) }
    }
    #expect(try folder.load().training.labels == labels(1) + labels(0))
    try folder.remove("data_batch_2.bin")
    #expect(try folder.load().training.labels == labels(0))
  }

  @Test(
    "classes are the lines of the file with their names", arguments: CIFARFolder.Kind.allCases,
    ["\n", "\r\n"])
  func names(_ kind: CIFARFolder.Kind, _ end: String) throws {
    let folder = try CIFARFolder(kind)
    let names = (0..<30).map { "class \($0)" + end }.joined() + end
    try folder.write(Array(names.utf8), to: kind.nameFile)
    #expect(try folder.load().classes == 30)
  }

  @Test("without a path they are missing, with a remedy", arguments: CIFARFolder.Kind.allCases)
  func noPath(_ kind: CIFARFolder.Kind) throws {
    let error = try #require(throws: FileError.self) { try Dataset.load(kind.rawValue, path: "") }
    #expect(error.exitCode == .missingInput)
    #expect(error.description.contains("data.path"))
  }

  /// The official files or a part of them.
  private static let official = ProcessInfo.processInfo.environment["RELIEF_DATA"].map {
    $0 + "/cifar-10-batches-bin"
  }

  @Test(
    "the official CIFAR-10 is read, as many of its batches as are there",
    .enabled(
      if: official.map(FileManager.default.fileExists) ?? false,
      "RELIEF_DATA names no folder with cifar-10-batches-bin"))
  func cifar10() throws {
    let path = try #require(Self.official)
    let batches = try FileManager.default.contentsOfDirectory(atPath: path)
      .count { $0.hasPrefix("data_batch_") }
    let dataset = try Dataset.load("cifar10", path: path)
    #expect(dataset.classes == 10)
    #expect(dataset.training.count == 10_000 * batches)
    for label in 0..<Int32(10) { #expect(dataset.test.labels.count { $0 == label } == 1000) }
    // Of photographs, neighbours in a row are alike and red, green and blue lie apart.
    let pixels = dataset.test.pixels.copy.map(Int.init)
    let difference = { step in
      stride(from: 0, to: pixels.count - 2048, by: 997).reduce(0) {
        $0 + abs(pixels[$1] - pixels[$1 + step])
      }
    }
    #expect(2 * difference(1) < difference(1040))
  }
}
