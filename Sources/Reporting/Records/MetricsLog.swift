import Foundation
import Runs
import Storage

/// `metrics.jsonl`: a run's records, one JSON object a line, keys in snake case.
package final class MetricsLog {
  private let file: OutputFile
  /// Those of the lines that are written.
  private var bytes: Int
  /// Lines that could not be written yet.
  private var waiting = Data()

  /// Starts the log at `path` anew.
  /// - Throws: `FileError.system`.
  package init(_ path: String) throws {
    file = try OutputFile(path)
    bytes = 0
  }

  /// Goes on with the log at `path` after its first `bytes` bytes; what is after them is gone.
  /// - Throws: as `requireLines` does, and `FileError.system`.
  package init(_ path: String, after bytes: Int) throws {
    try Self.requireLines(path, bytes: bytes)
    try OutputFile.cut(path, to: bytes)
    file = try OutputFile(path, .existing)
    self.bytes = bytes
  }

  /// Requires the log at `path` to have whole lines that come to `bytes` bytes.
  /// - Throws: `FileError.damaged`.
  package static func requireLines(_ path: String, bytes: Int) throws {
    let data = FileManager.default.contents(atPath: path) ?? Data()
    func damaged(_ offset: Int, _ reason: String) -> FileError {
      .damaged(
        path: path, offset: offset,
        reason: "\(reason); put it back, or start over with --resume never")
    }
    guard data.count >= bytes else {
      throw damaged(data.count, "it ends, but the checkpoint was made after \(bytes) bytes")
    }
    guard bytes == 0 || data[bytes - 1] == lineEnd else {
      throw damaged(bytes, "a line goes on where the checkpoint was made")
    }
  }

  /// Adds a line.
  /// - Throws: `FileError.system`, a full disk among them; the line is then written with the next.
  package func append(_ record: RunRecord) throws {
    waiting += try Self.encode(record) + Data([Self.lineEnd])
    try write()
  }

  /// Brings all lines to disk.
  /// - Returns: their bytes.
  /// - Throws: `FileError.system`.
  package func synchronise() throws -> Int {
    try write()
    try file.synchronise()
    return bytes
  }

  /// Writes the lines that wait, over what came out of an earlier attempt.
  private func write() throws {
    guard !waiting.isEmpty else { return }
    try file.write(waiting, at: bytes)
    bytes += waiting.count
    waiting.removeAll()
  }

  private static let lineEnd: UInt8 = 0x0A
  /// A hundred times what runs of thousands of epochs leave.
  private static let mostBytes = 1 << 28

  /// A record as one line of JSON, without its end.
  /// - Throws: what encoding throws.
  static func encode(_ record: RunRecord) throws -> Data {
    try JSONEncoder.snakeCase.encode(record)
  }

  /// The records at `path`, of a run that may be under way: a last line without an end is none yet.
  /// - Throws: `FileError`: missing, what the system refuses, or damaged with the line that is no
  ///   record.
  package static func records(_ path: String) throws -> [RunRecord] {
    guard try PathKind.of(path) != nil else {
      throw FileError.missing(path: path, remedy: "give the folder of a run")
    }
    let data = Data(try InputFile.bytes(of: path, most: mostBytes))
    let decoder = JSONDecoder.snakeCase
    let lines = data.split(separator: lineEnd, omittingEmptySubsequences: false)
    return try lines.dropLast().enumerated().map { number, line in
      do { return try decoder.decode(RunRecord.self, from: line) } catch {
        throw FileError.damaged(
          path: path, offset: nil,
          reason: """
            line \(number + 1) is no record that this version knows; put the file back, or cut it there
            """)
      }
    }
  }

  /// The records at `path`; nothing where there is no log, and no lines that cannot be read.
  package static func read(_ path: String) -> [RunRecord] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    let decoder = JSONDecoder.snakeCase
    return data.split(separator: lineEnd).compactMap {
      try? decoder.decode(RunRecord.self, from: $0)
    }
  }
}
