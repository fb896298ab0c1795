import Foundation
import Storage

/// The decoded images of a data set in one file, which every process that uses them maps: a header of
/// 4096 bytes, pixels `[image][channel][row][column]` and labels (32 bits, little-endian) of the
/// training images, then those of the test images.
///
/// Its name has the fingerprint of the files it was decoded from, so files that have changed have
/// another cache. It is written under a temporary name and renamed, and never changed afterwards.
struct ImageCache {
  /// What the images are decoded from.
  let listing: ImageListing
  /// Where the file lies, or will.
  let path: String
  private let folder: String

  /// The cache of `listing` in `folder`.
  init(_ listing: ImageListing, folder: String) {
    self.listing = listing
    self.folder = folder
    self.path = Self.path(listing.name, fingerprint: listing.fingerprint, folder: folder)
  }

  /// Where the images of fingerprint `fingerprint` lie in `folder`.
  static func path(_ name: String, fingerprint: String, folder: String) -> String {
    "\(folder)/\(name)-\(fingerprint.prefix(16)).images"
  }

  /// The folder that a recipe's `data.cache` means; where that is empty, `relief-dist` in the user's
  /// cache folder (XDG Base Directory Specification).
  static func folder(_ wish: String) -> String {
    guard wish.isEmpty else { return wish }
    let environment = ProcessInfo.processInfo.environment
    if let caches = environment["XDG_CACHE_HOME"], caches.hasPrefix("/") {
      return caches + "/relief-dist"
    }
    return (environment["HOME"] ?? NSHomeDirectory()) + "/.cache/relief-dist"
  }

  /// The header of the file that is there, checked to its last byte; nil where there is none.
  /// - Throws: `FileError`, damaged where it does not hold what it should.
  func find() throws -> ImageCacheHeader? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let file = try MappedFile(path)
    let header = try ImageCacheHeader(file, expected: ImageCacheHeader(listing))
    guard try header.hash(of: file) == header.sha256 else {
      throw FileError.damaged(path: path, offset: nil, reason: "the images have another SHA-256")
    }
    return header
  }

  /// A file with room for the images, labels written, under a temporary name.
  /// - Throws: `FileError.system`, with what is needed.
  func reserve() throws -> ReservedFile {
    removeAbandoned()
    let header = ImageCacheHeader(listing)
    let file = try ReservedFile(
      creating: "\(path).\(UUID().uuidString.prefix(8))\(Self.temporarySuffix)",
      size: header.fileSize, remedy: "set data.cache to a folder with room that may be written")
    let labels = listing.entries.map(\.label.littleEndian)
    let (training, test) = (labels.prefix(listing.trainingCount), labels[listing.trainingCount...])
    try file.write(training.withUnsafeBytes(Array.init), at: header.trainingLabels.lowerBound)
    try file.write(test.withUnsafeBytes(Array.init), at: header.testLabels.lowerBound)
    return file
  }

  /// Decodes part `part` of `parts` of the images into `file`.
  /// - Throws: `FileError`, damaged for an image that cannot be decoded.
  func decode(part: Int, of parts: Int, into file: ReservedFile) throws {
    let header = ImageCacheHeader(listing)
    let count = listing.entries.count
    for index in count * part / parts..<count * (part + 1) / parts {
      try file.write(listing.pixels(index), at: header.start(ofImage: index))
    }
  }

  /// Completes `file`, in which every part is, and gives it its name.
  /// - Throws: `FileError.system`.
  func publish(_ file: ReservedFile) throws -> ImageCacheHeader {
    var header = ImageCacheHeader(listing)
    header.sha256 = try header.hash(of: try MappedFile(file.path))
    try file.write(header.page, at: 0)
    try file.publish(as: path)
    return header
  }

  private static let temporarySuffix = ".partial"
  /// A file that is being written is never that old.
  private static let abandonedSeconds = 86_400.0

  /// Removes what jobs that were killed have left.
  private func removeAbandoned() {
    for name in (try? Folder.names(in: folder)) ?? [] where name.hasSuffix(Self.temporarySuffix) {
      let file = "\(folder)/\(name)"
      let attributes = try? FileManager.default.attributesOfItem(atPath: file)
      guard let modified = attributes?[.modificationDate] as? Date,
        -modified.timeIntervalSinceNow > Self.abandonedSeconds
      else { continue }
      try? FileManager.default.removeItem(atPath: file)
    }
  }
}
