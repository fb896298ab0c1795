import Foundation
import Storage
import Training

/// `metrics.jsonl`: a run's records, one JSON object a line, keys in snake case.
public final class MetricsLog {
  private let file: OutputFile
  private var bytes: Int

  /// Starts the log at `path` anew.
  /// - Throws: `FileError.system`.
  public init(_ path: String) throws {
    file = try OutputFile(path)
    bytes = 0
  }

  /// Goes on with the log at `path` after its first `bytes` bytes; what is behind them is gone.
  /// - Throws: `FileError`, damaged where it has fewer.
  public init(_ path: String, after bytes: Int) throws {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    let size = attributes?[.size] as? Int ?? 0
    guard size >= bytes else {
      throw FileError.damaged(
        path: path, offset: size,
        reason: """
          it ends, but the checkpoint was made after \(bytes) bytes; put it back, or start over with \
          --resume never
          """)
    }
    try OutputFile.cut(path, to: bytes)
    file = try OutputFile(path, .append)
    self.bytes = bytes
  }

  /// Adds a line.
  /// - Throws: `FileError.system`, a full disk among them.
  public func append(_ record: RunRecord) throws {
    let line = try Self.encode(record) + Data([0x0A])
    try file.write(line)
    bytes += line.count
  }

  /// Brings all lines to disk.
  /// - Returns: their bytes.
  /// - Throws: `FileError.system`.
  public func synchronise() throws -> Int {
    try file.synchronise()
    return bytes
  }

  /// A record as one line of JSON, without its end.
  /// - Throws: what encoding throws.
  static func encode(_ record: RunRecord) throws -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    switch record {
    case .epoch(let record): return try encoder.encode(record)
    case .prune(let record): return try encoder.encode(record)
    case .iteration(let record): return try encoder.encode(record)
    case .rollback(let record): return try encoder.encode(record)
    case .end(let record): return try encoder.encode(record)
    }
  }

  /// The records at `path`; nothing where there is no log, and no lines that cannot be read.
  public static func read(_ path: String) -> [RunRecord] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    func decode<Record: Decodable>(_ line: Data.SubSequence, _: Record.Type) -> Record? {
      try? decoder.decode(Record.self, from: line)
    }
    return data.split(separator: 0x0A).compactMap { line in
      switch decode(line, Event.self)?.event {
      case "epoch": decode(line, RunRecord.Epoch.self).map(RunRecord.epoch)
      case "prune": decode(line, RunRecord.Prune.self).map(RunRecord.prune)
      case "iteration": decode(line, RunRecord.Iteration.self).map(RunRecord.iteration)
      case "rollback": decode(line, RunRecord.Rollback.self).map(RunRecord.rollback)
      case "end": decode(line, RunRecord.End.self).map(RunRecord.end)
      default: nil
      }
    }
  }

  private struct Event: Decodable { let event: String }
}
