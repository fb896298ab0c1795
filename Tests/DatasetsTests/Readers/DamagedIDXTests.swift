import Datasets
import Foundation
import Storage
import TestSupport
import Testing

@Suite struct DamagedIDXTests {
  private let folder: IDXFolder
  private static let images = IDXFolder.names[0]
  private static let labels = IDXFolder.names[1]

  init() throws { folder = try IDXFolder() }

  /// The bytes of a header.
  private func header(magic: [UInt8] = [0, 0, 8], axes: [Int]) -> [UInt8] {
    magic + IDXBytes.file(axes: axes, elements: []).dropFirst(3)
  }

  @Test("a file cut off anywhere is damaged", arguments: IDXFolder.names)
  func truncated(_ name: String) throws {
    let bytes = try folder.bytes(of: name)
    for count in [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, bytes.count - 1] where count < bytes.count {
      try folder.write(Array(bytes.prefix(count)), to: name)
      #expect(try folder.refusal(.badDataFile).contains(name), "\(count) bytes")
    }
  }

  @Test("what is missing is counted, and the place told")
  func missingBytes() throws {
    try folder.write(try folder.bytes(of: Self.images).dropLast(3), to: Self.images)
    let message = try folder.refusal(.badDataFile)
    #expect(message.contains("at byte \(16 + 20 * 16 - 3)"))
    #expect(message.contains("3 bytes"))
  }

  @Test("a gzipped file cut off is damaged", arguments: [0, 1, 5, 30])
  func truncatedGzip(_ missing: Int) throws {
    try folder.compress(Self.images)
    let name = Self.images + ".gz"
    let bytes = try folder.bytes(of: name)
    try folder.write(missing == 0 ? [] : bytes.dropLast(missing), to: name)
    #expect(try folder.refusal(.badDataFile).contains(name))
  }

  @Test("a plain file that is called .gz is damaged")
  func misnamed() throws {
    let name = Self.images + ".gz"
    try folder.write(try folder.bytes(of: Self.images), to: name)
    let message = try folder.refusal(.badDataFile)
    #expect(message.contains(name) && message.contains("gzip"))
  }

  @Test(
    "another magic number is damaged, and both are told",
    arguments: [[0, 0, 8, 1], [0, 0, 9, 3], [1, 0, 8, 3], [0, 0, 8, 2]])
  func magic(_ magic: [UInt8]) throws {
    try folder.write(magic + (try folder.bytes(of: Self.images).dropFirst(4)), to: Self.images)
    let message = try folder.refusal(.badDataFile)
    #expect(message.contains(Self.images))
    #expect(message.contains(magic.map(String.init).joined(separator: " ")))
    #expect(message.contains("0 0 8 3"))
  }

  @Test("images and labels of different number are damaged, and both numbers told")
  func counts() throws {
    try folder.write(
      IDXBytes.file(axes: [19], elements: [UInt8](repeating: 1, count: 19)), to: Self.labels)
    let message = try folder.refusal(.badDataFile)
    #expect(message.contains(Self.labels))
    #expect(message.contains("19 labels for 20 images"))
  }

  @Test("a label that is no class is damaged: file, byte, label and range are told")
  func label() throws {
    var bytes = try folder.bytes(of: Self.labels)
    bytes[8 + 7] = 10
    try folder.write(bytes, to: Self.labels)
    let message = try folder.refusal(.badDataFile)
    for part in [Self.labels, "at byte 15", "label 10", "image 7", "0 to 9"] {
      #expect(message.contains(part), "\(message) lacks \(part)")
    }
  }

  @Test("a file with more than its header announces is damaged", arguments: IDXFolder.names)
  func trailing(_ name: String) throws {
    let bytes = try folder.bytes(of: name)
    try folder.write(bytes + [0], to: name)
    let message = try folder.refusal(.badDataFile)
    #expect(message.contains(name) && message.contains("at byte \(bytes.count)"))
  }

  @Test("no images are damage")
  func none() throws {
    try folder.write(header(axes: [0, 4, 4]), to: Self.images)
    try folder.write(header(axes: [0]), to: Self.labels)
    #expect(try folder.refusal(.badDataFile).contains(Self.images))
  }

  @Test(
    "a header that announces what no file holds is damaged, and takes no memory for it",
    arguments: [
      [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], [0xFFFF_FFFF, 1, 1], [20, 0xFFFF, 0xFFFF],
      [20, 4, 0], [0x8000_0000, 0x8000_0000, 4], [0x1_0000, 0x1_0000, 1],
    ])
  func absurd(_ axes: [Int]) throws {
    try folder.write(header(axes: axes) + [1, 2, 3], to: Self.images)
    #expect(try folder.refusal(.badDataFile).contains(Self.images))
  }

  @Test("a header of more than is read of any file is damaged, though the file held it")
  func tooMany() throws {
    for (name, axes) in [
      (Self.images, [1 << 20, 16, 17]), (Self.images, [(1 << 20) + 1, 1, 1]),
      (Self.labels, [(1 << 20) + 1]),
    ] {
      let folder = try IDXFolder()
      let bytes = header(axes: axes)
      try folder.write(bytes, to: name)
      let size = bytes.count + axes.reduce(1, *)
      #expect(truncate(folder.path(of: name), off_t(size)) == 0)
      #expect(try folder.refusal(.badDataFile).contains("1 to 1048576 images"), "\(axes)")
    }
  }

  @Test("as many labels as a header can announce are damaged")
  func absurdLabels() throws {
    try folder.write(header(axes: [0xFFFF_FFFF]) + [1, 2, 3], to: Self.labels)
    #expect(try folder.refusal(.badDataFile).contains(Self.labels))
  }

  @Test("training and test images of different sizes are damaged, and both sizes told")
  func shapes() throws {
    try folder.write(
      IDXBytes.file(axes: [10, 2, 8], elements: .init(repeating: 0, count: 160)),
      to: IDXFolder.names[2])
    let message = try folder.refusal(.badDataFile)
    #expect(message.contains("4×4") && message.contains("2×8"))
  }

  @Test("each of the four files is missed by its name, with a remedy", arguments: IDXFolder.names)
  func missing(_ name: String) throws {
    try folder.remove(name)
    let message = try folder.refusal(.missingInput)
    #expect(message.contains(name) && message.contains("data.path"))
  }

  @Test("an empty folder, none at all, and a file in its place are missing input")
  func noFolder() throws {
    let empty = try TemporaryFolder()
    let file = try empty.write([1], to: "file")
    let inner = empty.path + "/inner"
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
    for path in [inner, empty.path + "/none", file] {
      let error = try #require(throws: FileError.self) { try Dataset.load("mnist", path: path) }
      #expect(error.exitCode == .missingInput)
      #expect(error.description.hasPrefix(path) && error.description.contains("data.path"))
    }
  }

  @Test("headers changed at random are refused or announce what the file holds")
  func corruption() throws {
    let seed = SeededRandom.printedSeed()
    var random = SeededRandom(seed: seed)
    for name in IDXFolder.names {
      let original = try folder.bytes(of: name)
      let headerSize = name.contains("images") ? 16 : 8
      for _ in 0..<150 {
        var bytes = original
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          bytes[.random(in: 0..<headerSize, using: &random)] = .random(in: 0...255, using: &random)
        }
        try folder.write(bytes, to: name)
        do {
          let dataset = try folder.load()
          #expect(dataset.training.count == 20 && dataset.test.count == 10, "seed \(seed)")
        } catch let error as FileError {
          #expect(error.exitCode == .badDataFile, "seed \(seed)")
        }
      }
      try folder.write(original, to: name)
    }
  }
}
