import Datasets
import Foundation
import Storage
import TestSupport
import Testing

@Suite struct DamagedCIFARTests {
  typealias Kind = CIFARFolder.Kind

  /// Every file with images of both.
  private static let files = Kind.allCases.flatMap { kind in kind.files.map { (kind, $0) } }

  @Test("a record cut off is damaged: file, byte and what is missing are told", arguments: files)
  func truncated(_ kind: Kind, _ name: String) throws {
    let folder = try CIFARFolder(kind)
    let bytes = try folder.bytes(of: name)
    for missing in [1, 3, 3071, 3072, kind.recordSize - 1] {
      try folder.write(bytes.dropLast(missing), to: name)
      let message = try folder.refusal(.badDataFile)
      for part in [name, "at byte \(bytes.count - missing):", " \(missing) bytes are missing"] {
        #expect(message.contains(part), "\(message) lacks \(part)")
      }
    }
  }

  @Test("an empty file is damaged", arguments: files)
  func empty(_ kind: Kind, _ name: String) throws {
    let folder = try CIFARFolder(kind)
    try folder.write([], to: name)
    let message = try folder.refusal(.badDataFile)
    #expect(message.contains(name) && message.contains("at byte 0:"))
  }

  @Test("a file with some bytes too many is damaged", arguments: files)
  func trailing(_ kind: Kind, _ name: String) throws {
    let folder = try CIFARFolder(kind)
    try folder.write(try folder.bytes(of: name) + [0, 0], to: name)
    #expect(try folder.refusal(.badDataFile).contains("\(kind.recordSize - 2) bytes are missing"))
  }

  @Test(
    "a label that is no class is damaged: file, byte, label, image and range are told",
    arguments: files, [UInt8(100), 255])
  func label(_ file: (kind: Kind, name: String), _ label: UInt8) throws {
    let folder = try CIFARFolder(file.kind)
    var bytes = try folder.bytes(of: file.name)
    let place = 3 * file.kind.recordSize + file.kind.labelBytes - 1
    bytes[place] = label
    try folder.write(bytes, to: file.name)
    let message = try folder.refusal(.badDataFile)
    for part in [
      file.name, "at byte \(place):", "label \(label) of image 3", "0 to \(file.kind.classes - 1)",
    ] {
      #expect(message.contains(part), "\(message) lacks \(part)")
    }
  }

  @Test("a label beyond the names of the classes is damaged", arguments: Kind.allCases)
  func labelWithoutName(_ kind: Kind) throws {
    let folder = try CIFARFolder(kind)
    try folder.write(Array("one\ntwo\nthree\n".utf8), to: kind.nameFile)
    #expect(try folder.refusal(.badDataFile).contains("classes are 0 to 2"))
  }

  @Test(
    "names that are none, too many or no text are damage",
    arguments: Kind.allCases,
    [[], Array("\n \n".utf8), Array(String(repeating: "x\n", count: 257).utf8), [0xC3, 0x28]])
  func names(_ kind: Kind, _ bytes: [UInt8]) throws {
    let folder = try CIFARFolder(kind)
    try folder.write(bytes, to: kind.nameFile)
    #expect(try folder.refusal(.badDataFile).contains(kind.nameFile))
  }

  @Test("a missing file is missed by its name, with a remedy", arguments: Kind.allCases)
  func missing(_ kind: Kind) throws {
    for name in [kind.files.first, kind.files.last].compactMap(\.self) {
      let folder = try CIFARFolder(kind)
      for file in kind.files where file == name || name == kind.files.first {
        try folder.remove(file)
      }
      let message = try folder.refusal(.missingInput)
      #expect(message.contains(name) && message.contains("data.path"))
    }
  }

  @Test(
    "an empty folder, none at all, and a file in its place are missing input",
    arguments: Kind.allCases)
  func noFolder(_ kind: Kind) throws {
    let empty = try TemporaryFolder()
    let file = try empty.write([1], to: "file")
    let inner = empty.path + "/inner"
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
    for path in [inner, empty.path + "/none", file] {
      let error = try #require(throws: FileError.self) {
        try Dataset.load(kind.rawValue, path: path)
      }
      #expect(error.exitCode == .missingInput)
      #expect(error.description.hasPrefix(path) && error.description.contains("data.path"))
    }
  }

  @Test("a folder in a file's place is no file, but may hold it", arguments: files)
  func folderForFile(_ kind: Kind, _ name: String) throws {
    let folder = try CIFARFolder(kind)
    let (hash, bytes) = (try folder.load().sha256, try folder.bytes(of: name))
    try folder.remove(name)
    try Folder.make(folder.path + "/" + name)
    #expect(try folder.refusal(.missingInput).contains("\(name): is a folder without a file"))
    try folder.write(bytes, to: "\(name)/\(name)")
    #expect(try folder.load().sha256 == hash)
  }

  /// Far more images than there are, without a byte of them on any disk.
  @Test("a file is judged by its size before it is read", arguments: files)
  func size(_ kind: Kind, _ name: String) throws {
    let folder = try CIFARFolder(kind)
    let path = folder.path + "/" + name
    #expect(truncate(path, off_t(65_000_000 * kind.recordSize)) == 0)
    let most = "more than the 200000 images (\(200_000 * kind.recordSize) bytes)"
    #expect(try folder.refusal(.badDataFile).contains(most))
    #expect(truncate(path, 100_000_001) == 0)
    #expect(try folder.refusal(.badDataFile).contains("bytes are missing"))
  }

  @Test("a gzip file that inflates to far more than there are images is refused")
  func bomb() throws {
    let folder = try CIFARFolder(.cifar10)
    let zeros = try folder.compressed([UInt8](repeating: 0, count: 1 << 23))
    // Members of a gzip file are one content: 100 times 8 MiB.
    try folder.write(
      (0..<100).flatMap { _ in zeros }, to: "data_batch_1.bin")
    #expect(try folder.refusal(.badDataFile).contains("more than the 200000 images"))
  }

  @Test("a gzipped file is read, too, and judged by what it inflates to")
  func gzip() throws {
    let folder = try CIFARFolder(.cifar10)
    let (hash, bytes) = (try folder.load().sha256, try folder.bytes(of: "test_batch.bin"))
    try folder.write(folder.compressed(bytes), to: "test_batch.bin")
    #expect(try folder.load().sha256 == hash)
    try folder.write(folder.compressed(bytes.dropLast(9)), to: "test_batch.bin")
    #expect(try folder.refusal(.badDataFile).contains("within image 4, 9 bytes are missing"))
  }

  @Test("cut off anywhere, a file is damaged or holds whole records", arguments: files)
  func anyTruncation(_ kind: Kind, _ name: String) throws {
    let seed = SeededRandom.printedSeed()
    var random = SeededRandom(seed: seed)
    let folder = try CIFARFolder(kind)
    let whole = try folder.load()
    let bytes = try folder.bytes(of: name)
    let total = whole.training.count + whole.test.count
    for _ in 0..<40 {
      // Every fourth time between two records.
      var count = Int.random(in: 0...bytes.count, using: &random)
      if count % 4 == 0 { count -= count % kind.recordSize }
      try folder.write(Array(bytes.prefix(count)), to: name)
      do {
        let part = try folder.load()
        let lost = total - part.training.count - part.test.count
        #expect(count + lost * kind.recordSize == bytes.count && count > 0, "seed \(seed)")
      } catch let error as FileError {
        #expect(error.exitCode == .badDataFile, "seed \(seed)")
        let isCut = count == 0 || count % kind.recordSize != 0
        #expect(isCut && error.description.contains("at byte \(count):"), "seed \(seed)")
      }
    }
  }
}
