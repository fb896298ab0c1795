import Foundation
import Storage

/// The decoded images of a data set in one file, which every process that uses them maps: a header
/// of 4096 bytes, pixels `[image][channel][row][column]` and labels (32 bits, little-endian) of the
/// training images, then those of the test images.
///
/// Its name has the fingerprint of the files it was decoded from, so files that have changed have
/// another cache, and the number of the user who made it: no user takes another's images for those
/// of the files, but for root's. It is written under a temporary name and renamed, and never
/// changed afterwards.
struct ImageCache {
  /// A file that is whole.
  struct Whole: Codable {
    let path: String
    let header: ImageCacheHeader
    /// What its classes are called, as the leader has read it.
    let classNames: [String]
    /// The user it belongs to, as its file system has it.
    let owner: UInt32
  }

  /// What the images are decoded from.
  let listing: ImageListing
  /// Where this user's file lies, or will.
  let path: String
  private let folder: String
  private let user = geteuid()

  /// The cache of `listing` in `folder`.
  init(_ listing: ImageListing, folder: String) {
    self.listing = listing
    self.folder = folder
    self.path = Self.path(listing, folder: folder, user: user)
  }

  private static func path(_ listing: ImageListing, folder: String, user: UInt32) -> String {
    "\(folder)/\(listing.name)-\(listing.fingerprint.prefix(16))-\(user).images"
  }

  /// The folder that a recipe's `data.cache` means; where that is empty, `relief-dist` in the
  /// user's cache folder (XDG Base Directory Specification).
  static func folder(_ wish: String) -> String {
    guard wish.isEmpty else { return wish }
    let environment = ProcessInfo.processInfo.environment
    if let caches = environment["XDG_CACHE_HOME"], caches.hasPrefix("/") {
      return caches + "/relief-dist"
    }
    return (environment["HOME"] ?? NSHomeDirectory()) + "/.cache/relief-dist"
  }

  /// Makes the folder that a recipe's `data.cache` means, if need be: for this user alone where it
  /// is the user's cache folder.
  /// - Throws: `FileError.system`.
  static func makeFolder(_ wish: String) throws -> String {
    let folder = folder(wish)
    try Folder.make(
      folder, isPrivate: wish.isEmpty, remedy: "set data.cache to a folder that may be written")
    return folder
  }

  /// This user's file, or root's, checked to its last byte; nil where there is none.
  /// - Throws: `FileError`, damaged where this user's does not hold what it should, or others could
  ///   have written it.
  func find() throws -> Whole? {
    if let own = try whole(path) { return own }
    guard user != 0 else { return nil }
    // It is a gift: where it is of no use, it is as if there were none.
    return try? whole(Self.path(listing, folder: folder, user: 0))
  }

  private func whole(_ path: String) throws -> Whole? {
    guard try PathKind.of(path) != nil else { return nil }
    func damaged(_ reason: String) -> FileError {
      .damaged(path: path, offset: nil, reason: reason)
    }
    let file = try MappedFile(path)
    guard [user, 0].contains(file.owner) else {
      throw damaged(
        "belongs to user \(file.owner), only those of user \(user) and root are trusted")
    }
    guard !file.isWritableByOthers else {
      throw damaged("may be changed by other users and is not trusted")
    }
    let header = try ImageCacheHeader(file, expected: ImageCacheHeader(listing))
    let labels = [header.trainingLabels, header.testLabels].flatMap { header.labels($0, of: file) }
    guard labels == listing.entries.map(\.label) else {
      throw damaged("the labels are not those of \(listing.folder)")
    }
    guard try header.hash(of: file) == header.sha256 else {
      throw damaged("the images have another SHA-256")
    }
    return Whole(
      path: path, header: header, classNames: listing.classNames, owner: file.owner)
  }

  /// A file with room for the images, labels written, under a temporary name.
  /// - Throws: `FileError.system`, with what is needed.
  func reserve() throws -> ReservedFile {
    removeAbandoned()
    let header = ImageCacheHeader(listing)
    let file = try ReservedFile(
      creating: OutputFile.temporaryName(for: path), size: header.fileSize,
      remedy: "set data.cache to a folder of your own with room")
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
  func publish(_ file: ReservedFile) throws -> Whole {
    var header = ImageCacheHeader(listing)
    header.sha256 = try header.hash(of: try MappedFile(file.path))
    try file.write(header.page, at: 0)
    try file.publish(as: path)
    return Whole(
      path: path, header: header, classNames: listing.classNames, owner: try file.owner)
  }

  /// A file that is being written is never that old.
  private static let abandonedSeconds = 86_400.0

  /// Removes what this user's jobs that were killed have left: nothing else is called so, and
  /// begins so.
  private func removeAbandoned() {
    let files = try? OutputFile.temporaryFiles(in: folder) {
      $0.wholeMatch(of: /[a-z0-9-]+-[0-9a-f]{16}(-[0-9]+)?\.images/) != nil
    }
    for path in files ?? [] {
      guard let file = try? MappedFile(path),
        -file.modified.timeIntervalSinceNow > Self.abandonedSeconds,
        ImageCacheHeader.mayBegin(file.withBytes { [UInt8]($0.prefix(ImageCacheHeader.size)) })
      else { continue }
      try? OutputFile.remove(path)
    }
  }
}
