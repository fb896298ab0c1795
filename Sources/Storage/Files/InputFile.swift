import Foundation

/// A small file, read whole.
package enum InputFile {
  /// The bytes of the file at `path`.
  /// - Throws: `FileError`: missing, damaged where it is no file or has more than `most`, or the
  ///   system's refusal.
  package static func bytes(of path: String, most: Int) throws -> [UInt8] {
    let file = try ReadableFile(path)
    func requireFew(_ count: Int) throws {
      guard count <= most else {
        throw FileError.damaged(
          path: path, offset: most, reason: "has more than the \(most) bytes it may have")
      }
    }
    try requireFew(file.size)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(file.size)
    while true {
      let piece = try [UInt8](unsafeUninitializedCapacity: 1 << 16) { memory, count in
        count = try check("read", path) { read(file.descriptor, memory.baseAddress, memory.count) }
      }
      if piece.isEmpty { return bytes }
      bytes += piece
      try requireFew(bytes.count)
    }
  }

  /// The text of the file at `path`, without the byte-order mark that some editors put in front.
  /// - Throws: as `bytes`; damaged where it is no UTF-8.
  package static func text(of path: String, most: Int) throws -> String {
    var bytes = try bytes(of: path, most: most)[...]
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw FileError.damaged(
        path: path, offset: 0, reason: "is text in UTF-16, by its first two bytes; save it as UTF-8"
      )
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError.damaged(path: path, offset: nil, reason: "is no UTF-8 text")
    }
    return text
  }

  /// A longer text is no list that a data set comes with.
  private static let mostOfLines = 1 << 22

  /// The lines of the text at `path` that are not blank, with their numbers, counted from 1.
  /// - Throws: as `text`.
  package static func lines(of path: String) throws -> [(number: Int, text: Substring)] {
    var lines: [(number: Int, text: Substring)] = []
    var (rest, number) = (try text(of: path, most: mostOfLines)[...], 0)
    while !rest.isEmpty {
      let end = rest.firstIndex(where: \.isNewline) ?? rest.endIndex
      number += 1
      if !rest[..<end].allSatisfy(\.isWhitespace) { lines.append((number, rest[..<end])) }
      rest = rest[end...].dropFirst()
    }
    return lines
  }
}
