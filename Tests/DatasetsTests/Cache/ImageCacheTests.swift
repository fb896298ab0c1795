import Datasets
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@Suite struct ImageCacheTests {
  private let data: TinyImageNet

  init() throws { data = try TinyImageNet() }

  /// The data set, and what was said of its file while it was loaded.
  private func load() throws -> (dataset: Dataset, notices: [String]) {
    var notices: [String] = []
    let dataset = try data.load { notices.append($0) }
    return (dataset, notices.filter { !$0.contains(": a part: ") })
  }

  @Test("images are decoded once; then their file is mapped as it is")
  func hit() throws {
    let first = try load()
    #expect(first.notices.count == 1)
    #expect(first.notices.first?.contains("Decoding 18 images of tiny-imagenet") == true)
    let file = try data.cacheFile()
    #expect(first.notices.first?.contains(file) == true)
    let before = try identity(file)
    let second = try load()
    #expect(second.notices.isEmpty)
    #expect(try identity(data.cacheFile()) == before)
    #expect(second.dataset.sha256 == first.dataset.sha256)
    #expect(second.dataset.training.pixels.copy == first.dataset.training.pixels.copy)
  }

  private func identity(_ path: String) throws -> String {
    "\(try Folder.identity(of: path)) \(try FileState(path))"
  }

  @Test("its hash is that of the same images in memory")
  func hash() throws {
    let dataset = try data.load()
    let copies = [dataset.training, dataset.test].map {
      ImageSet(shape: $0.shape, pixels: $0.pixels.copy, labels: $0.labels)
    }
    let copy = try Dataset(name: "copy", classes: 3, training: copies[0], test: copies[1])
    #expect(dataset.sha256 == copy.sha256)
  }

  @Test("a copy of the files that keeps sizes and times needs no decoding")
  func moved() throws {
    _ = try data.load()
    let path = data.path + "-moved"
    try FileManager.default.moveItem(atPath: data.path, toPath: path)
    var notices: [String] = []
    _ = try Dataset.load("tiny-imagenet", path: path, cache: data.cache) { notices.append($0) }
    #expect(notices.map { $0.contains(": a part: ") } == [true])
  }

  @Test("files that change are decoded again")
  func changedSource() throws {
    var hashes = [try load().dataset.sha256]
    var count = 1
    func expectDecoding(_ change: String) throws {
      let (dataset, notices) = try load()
      #expect(notices.count == 1, "\(change)")
      hashes.append(dataset.sha256)
      count += 1
      #expect(try data.cached().count == count, "\(change)")
    }
    try data.files.write(JPEGBytes.image(blue: 9), to: data.image(0))
    try expectDecoding("content")
    let last = "train/\(data.files.classes[2])/images/\(data.files.classes[2])_3.JPEG"
    try data.files.remove(last)
    try expectDecoding("an image less")
    try data.files.write(
      text: data.files.text(of: "val/val_annotations.txt").replacing(
        "val_0.JPEG\t\(data.files.classes[0])", with: "val_0.JPEG\t\(data.files.classes[1])"),
      to: "val/val_annotations.txt")
    try expectDecoding("an annotation")
    try data.files.write(
      text: data.files.classes.reversed().joined(separator: "\n"), to: "wnids.txt")
    try expectDecoding("order of classes")
    #expect(Set(hashes).count == hashes.count)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000)],
      ofItemAtPath: "\(data.path)/\(data.image(0))")
    try expectDecoding("time of an image")
    #expect(hashes[5] == hashes[4])
  }

  /// What may happen to the file of decoded images.
  enum Damage: CaseIterable {
    case pixel, label, headerSpace, headerCount, headerHash, headerGone, truncated, headerOnly,
      empty
    case longer

    /// `bytes` with this damage.
    func callAsFunction(_ bytes: [UInt8]) -> [UInt8] {
      var bytes = bytes
      let header = String(decoding: bytes.prefix(4096), as: UTF8.self)
      func edit(_ text: String, _ other: String) {
        bytes.replaceSubrange(0..<4096, with: Array(header.replacing(text, with: other).utf8))
      }
      switch self {
      case .pixel: bytes[5000] ^= 1
      case .label: bytes[bytes.count - 1] ^= 1
      case .headerSpace: bytes[4000] = 0x09
      case .headerCount: edit("\"trainingImages\":12,", "\"trainingImages\":99,")
      case .headerHash: edit("\"sha256\":\"", "\"sha256\":\"0")
      case .headerGone: bytes.replaceSubrange(0..<4096, with: [UInt8](repeating: 0, count: 4096))
      case .truncated: bytes.removeLast(1)
      case .headerOnly: bytes.removeLast(bytes.count - 4096)
      case .empty: bytes = []
      case .longer: bytes.append(0)
      }
      return bytes
    }
  }

  @Test("a damaged file is told of once, and decoded again", arguments: Damage.allCases)
  func damaged(_ damage: Damage) throws {
    let whole = try load().dataset
    let file = try data.cacheFile()
    let bytes = try InputFile.bytes(of: file, most: 1 << 20)
    try Data(damage(bytes)).write(to: URL(fileURLWithPath: file))
    let (dataset, notices) = try load()
    #expect(notices.count == 1)
    #expect(notices.first?.hasPrefix("\(file): ") == true)
    #expect(notices.first?.hasSuffix("decoding 18 images of tiny-imagenet again") == true)
    #expect(dataset.sha256 == whole.sha256)
    let isRestored = try InputFile.bytes(of: data.cacheFile(), most: 1 << 20) == bytes
    #expect(isRestored)
    #expect(try load().notices.isEmpty)
  }

  @Test("a data set in use keeps its images when their file is damaged and replaced")
  func inUse() throws {
    let dataset = try data.load()
    let pixels = dataset.training.pixels.copy
    try OutputFile.replace(data.cacheFile(), with: Data([1, 2, 3]))
    #expect(try load().notices.count == 1)
    #expect(dataset.training.pixels.copy == pixels)
  }

  @Test("a folder that cannot be is refused with the remedy")
  func noFolder() throws {
    let cache = data.path + "/wnids.txt/cache"
    let error = try #require(throws: FileError.self) {
      try Dataset.load("tiny-imagenet", path: data.path, cache: cache)
    }
    #expect(error.exitCode == .inputOutput)
    #expect(error.description.hasPrefix(cache) && error.description.contains("data.cache"))
  }

  @Test("a failure leaves nothing after, and the next try succeeds")
  func failure() throws {
    let name = data.image(2)
    let bytes = try InputFile.bytes(of: "\(data.path)/\(name)", most: 1 << 20)
    try data.files.write([1, 2, 3], to: name)
    #expect(try data.refusal(.badDataFile).contains(name))
    try data.files.write(bytes, to: name)
    #expect(try load().dataset.training.count == 12)
  }

  @Test("several that decode at once all get the same, and one file stays")
  func atOnce() throws {
    let hashes = Mutex<[String?]>([])
    let data = data
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      let hash = try? data.load().sha256
      hashes.withLock { $0.append(hash) }
    }
    let expected = try load()
    #expect(expected.notices.isEmpty)
    #expect(hashes.withLock { $0 } == [String?](repeating: expected.dataset.sha256, count: 4))
    #expect(try data.cached().count == 1)
  }
}
