import Communication
import Foundation
import Storage

extension ImageCache {
  /// What the leader of a node has found, for the other ranks of the node.
  private struct Finding: Codable {
    let fingerprint: String
    /// The file that is whole; nil where there is none yet.
    var whole: Whole?
    /// The name under which it is to be written.
    var temporary: String?
    /// What the user should know.
    var notice: String?
  }

  /// A cache in the making.
  private struct Work {
    let cache: ImageCache
    let file: ReservedFile
  }

  /// The images that `list` finds, decoded by the ranks of each node unless a file in the folder
  /// that `cache` means has them; every rank maps that file.
  ///
  /// The leader of a node alone lists and verifies, because listing asks for the state of every
  /// file and verifying reads all that was decoded. Nodes that share the folder and find nothing
  /// there each write a file of their own, and the last one stays; all hold the same.
  /// - Throws: `FileError`, as `AgreedFailure`.
  static func load(
    _ name: String, cache: String, ranks: any Communicator, notice: (String) -> Void,
    list: () throws -> ImageListing
  ) throws -> Dataset {
    let folder = try ranks.agree { try makeFolder(cache) }
    let node = try Node(ranks, folder: folder)
    var work: Work?
    let findings = try node.gather {
      let cache = ImageCache(try list(), folder: folder)
      let (finding, file) = try cache.prepare()
      work = file.map { Work(cache: cache, file: $0) }
      return finding
    }
    let notices = findings.sorted { $0.key < $1.key }.compactMap(\.value.notice)
    if let first = notices.first { notice(first) }
    guard let finding = findings[node.leader] else { preconditionFailure("a node has no leader") }

    try ranks.agree {
      guard let temporary = finding.temporary else { return }
      let own =
        try work
        ?? Work(
          cache: ImageCache(try list(), folder: folder), file: ReservedFile(opening: temporary))
      try own.cache.requireUnchanged(since: finding.fingerprint)
      try own.cache.decode(part: node.index, of: node.count, into: own.file)
    }
    let wholes = try node.gather {
      try finding.whole ?? work.map { try $0.cache.publish($0.file) }
    }
    guard let whole = wholes[node.leader] ?? nil else {
      preconditionFailure("a leader has neither found nor written a cache")
    }
    return try ranks.agree { try open(name, whole) }
  }

  /// Looks for the file, and reserves one where it is missing or damaged.
  private func prepare() throws -> (Finding, ReservedFile?) {
    var finding = Finding(fingerprint: listing.fingerprint)
    var words = "Decoding \(listing.entries.count) images of \(listing.name), once, into \(path)"
    do {
      finding.whole = try find()
    } catch let error as FileError where error.exitCode == .badDataFile {
      words = "\(error); decoding \(listing.entries.count) images of \(listing.name) again"
    }
    guard finding.whole == nil else { return (finding, nil) }
    let file = try reserve()
    (finding.temporary, finding.notice) = (file.path, words)
    return (finding, file)
  }

  private func requireUnchanged(since fingerprint: String) throws {
    guard listing.fingerprint == fingerprint else {
      throw FileError.damaged(
        path: listing.folder, offset: nil,
        reason: "changed while its images were decoded, or ranks see different files; start again")
    }
  }

  /// The data set in the file that the leader has checked or written, mapped.
  private static func open(_ name: String, _ whole: Whole) throws -> Dataset {
    let (file, header) = (try MappedFile(whole.path), whole.header)
    // A file that another user has put in its place does not belong to the same one.
    guard file.owner == whole.owner,
      try ImageCacheHeader(file, expected: header) == header
    else {
      throw FileError.damaged(path: whole.path, offset: 0, reason: "changed while it was opened")
    }
    func images(_ pixels: Range<Int>, _ labels: Range<Int>) -> ImageSet {
      ImageSet(
        shape: header.shape, pixels: Pixels(file, pixels), labels: header.labels(labels, of: file),
        normalisation: .imageNet)
    }
    return Dataset(
      name: name, classNames: whole.classNames,
      training: images(header.trainingPixels, header.trainingLabels),
      test: images(header.testPixels, header.testLabels), sha256: header.sha256)
  }
}
