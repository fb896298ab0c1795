import Foundation
import Storage
import Tensors

/// What the first page of an `ImageCache` says, as JSON, and where everything after it lies.
struct ImageCacheHeader: Codable, Equatable {
  /// Kind and version of the format.
  private(set) var format = currentFormat
  /// Of the files that were decoded.
  private(set) var fingerprint: String
  private(set) var classes: Int
  private(set) var channels, height, width: Int
  private(set) var trainingImages, testImages: Int
  /// Of everything after the header.
  var sha256 = ""

  private static let currentFormat = "relief-dist images 1"
  /// Bytes of the header, whatever it says.
  static let size = 4096

  /// The header of the images of `listing`, their SHA-256 still to come.
  init(_ listing: ImageListing) {
    fingerprint = listing.fingerprint
    classes = listing.classes
    (channels, height, width) = (
      listing.shape.channels, listing.shape.height, listing.shape.width
    )
    trainingImages = listing.trainingCount
    testImages = listing.entries.count - listing.trainingCount
  }

  /// The header of `file`, which must be `expected`, whatever SHA-256 that has.
  /// - Throws: `FileError.damaged` where it is not, or the file is not as long as it should be.
  init(_ file: MappedFile, expected: ImageCacheHeader) throws {
    let page = file.withBytes { [UInt8]($0.prefix(Self.size)) }
    guard let header = try? JSONDecoder().decode(Self.self, from: Data(page)),
      try header.page == page
    else {
      throw FileError.damaged(path: file.path, offset: 0, reason: "is no header of decoded images")
    }
    self = expected
    sha256 = header.sha256
    guard header == self else {
      throw FileError.damaged(
        path: file.path, offset: 0, reason: "the header is that of other images")
    }
    guard file.count == fileSize else {
      throw FileError.damaged(
        path: file.path, offset: nil, reason: "has \(file.count) bytes instead of \(fileSize)")
    }
  }

  /// Whether `page` may be the first of a file that is being written: all 0 until the last moment,
  /// then a header.
  static func mayBegin(_ page: [UInt8]) -> Bool {
    guard page.count == size else { return false }
    if page.allSatisfy({ $0 == 0 }) { return true }
    let header = try? JSONDecoder().decode(Self.self, from: Data(page))
    return header?.format == currentFormat
  }

  /// The first page of the file.
  var page: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      let text = [UInt8](try encoder.encode(self))
      return text + [UInt8](repeating: 0x20, count: max(0, Self.size - 1 - text.count)) + [0x0A]
    }
  }

  /// SHA-256 of what lies after the header of `file`.
  func hash(of file: MappedFile) throws -> String {
    let hash = try SHA256Hash()
    try file.withBytes { try hash.update(UnsafeRawBufferPointer(rebasing: $0[Self.size...])) }
    return try hash.hexadecimal()
  }
}

extension ImageCacheHeader {
  /// Shape of an image.
  var shape: FeatureShape { FeatureShape(channels: channels, height: height, width: width) }
  /// The parts of the file, in bytes.
  var trainingPixels: Range<Int> { part(Self.size, trainingImages * shape.count) }
  var trainingLabels: Range<Int> { part(trainingPixels.upperBound, 4 * trainingImages) }
  var testPixels: Range<Int> { part(trainingLabels.upperBound, testImages * shape.count) }
  var testLabels: Range<Int> { part(testPixels.upperBound, 4 * testImages) }
  var fileSize: Int { testLabels.upperBound }

  /// The labels that lie in `file` at the bytes `range`.
  func labels(_ range: Range<Int>, of file: MappedFile) -> [Int32] {
    file.withBytes { memory in
      stride(from: range.lowerBound, to: range.upperBound, by: 4).map {
        Int32(littleEndian: memory.loadUnaligned(fromByteOffset: $0, as: Int32.self))
      }
    }
  }

  /// Where the pixels of image `index` begin, test images after all training images.
  func start(ofImage index: Int) -> Int {
    index < trainingImages
      ? trainingPixels.lowerBound + index * shape.count
      : testPixels.lowerBound + (index - trainingImages) * shape.count
  }

  private func part(_ start: Int, _ count: Int) -> Range<Int> { start..<start + count }
}
