import Foundation

/// A small file, read whole.
public enum InputFile {
  /// The bytes of the file at `path`.
  /// - Throws: `FileError`, damaged where there are more than `most`.
  public static func bytes(of path: String, most: Int) throws -> [UInt8] {
    let descriptor = try check("open", path) { open(path, O_RDONLY | O_CLOEXEC) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while true {
      let piece = try [UInt8](unsafeUninitializedCapacity: 1 << 16) { memory, count in
        count = try check("read", path) { read(descriptor, memory.baseAddress, memory.count) }
      }
      if piece.isEmpty { return bytes }
      bytes += piece
      guard bytes.count <= most else {
        throw FileError.damaged(
          path: path, offset: most, reason: "has more than the \(most) bytes it may have")
      }
    }
  }

  /// The lines of the text at `path` that are not blank, with their numbers, counted from 1.
  /// - Throws: `FileError`, damaged where it is no UTF-8.
  public static func lines(of path: String) throws -> [(number: Int, text: Substring)] {
    guard let text = String(validating: try bytes(of: path, most: 1 << 28), as: UTF8.self) else {
      throw FileError.damaged(path: path, offset: nil, reason: "is no UTF-8 text")
    }
    return text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
      .map { (number: $0 + 1, text: $1) }.filter { !$0.text.allSatisfy(\.isWhitespace) }
  }
}
