import Storage

/// The bytes of images: an array of this process, or a part of a mapped file that processes share.
package struct Pixels: Sendable {
  private enum Place {
    case array([UInt8])
    case file(MappedFile, Range<Int>)
  }

  private let place: Place

  /// The bytes of an array.
  package init(_ bytes: [UInt8]) { place = .array(bytes) }

  /// The bytes `range` of `file`.
  init(_ file: MappedFile, _ range: Range<Int>) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= file.count,
      "bytes \(range) of a file of \(file.count)")
    place = .file(file, range)
  }

  /// How many bytes there are.
  package var count: Int {
    switch place {
    case .array(let bytes): bytes.count
    case .file(_, let range): range.count
    }
  }

  /// Calls `body` with the bytes, which are not copied.
  package func withSpan<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
    switch place {
    case .array(let bytes):
      try body(bytes.span)
    case .file(let file, let range):
      try file.withBytes { memory in
        let part = UnsafeRawBufferPointer(rebasing: memory[range])
        return try body(part.bindMemory(to: UInt8.self).span)
      }
    }
  }

  /// A copy of the bytes.
  package var copy: [UInt8] { withSpan { span in span.withUnsafeBufferPointer(Array.init) } }
}
