import Foundation
import Storage
import Training

/// A run at a step, to go on from on any number of ranks, unless batch norms depend on it.
///
/// In memory it is a header of plain values and named tensors; as a file, sealed safetensors with
/// the header in its metadata. What is pruned is not there. Tensors, f the kept parameters and s
/// the batch norms' moments:
///
/// - `mask` (bytes, packed), `parameters` [f], `statistics` [s]; `initial` [f] where pruning
///   rewinds;
/// - within a phase `optimizer.N` [f] for each moment, and `best.parameters`, `best.statistics`
///   where the best epoch is not the present one;
/// - `statistics.ranks` [ranks, s] within an epoch where each rank takes moments of its own;
/// - `chosen.mask`, `chosen.parameters`, `chosen.statistics` of the network chosen so far where
///   that is not the present one.
package struct Checkpoint: Sendable {
  /// The layout that is written and read.
  static let formatVersion = 1

  /// The values.
  struct Header: Codable, Sendable {
    var identity: RunIdentity
    var iteration = 0
    var epoch = 0
    var step = 0
    var steps = 0
    var clocks = Clocks()
    /// Of the epoch under way.
    var measures = EpochMeter.Measures()
    var optimizerSteps = 0
    var bestAccuracy: Double?
    var trained: RunState.Trained?
    var unprunedAccuracy: Double?
    var chosenIteration: Int?
    /// Runs of earlier versions have none.
    var rollbacks: Int?
    /// Length of `metrics.jsonl`.
    var metricsBytes = 0
  }

  /// Wall times of a run in seconds, on the root's clock.
  struct Clocks: Codable, Equatable, Sendable {
    /// Of everything but reading the data.
    var run = 0.0
    /// Of checkpoints.
    var checkpoints = 0.0
  }

  var header: Header
  var tensors: [String: Safetensors.Tensor] = [:]
  /// Where it was read; a name for errors.
  package let path: String

  init(_ header: Header, path: String) {
    self.header = header
    self.path = path
  }

  /// Steps done, over all phases.
  package var steps: Int { header.steps }
  /// How long `metrics.jsonl` was.
  package var metricsBytes: Int { header.metricsBytes }

  /// Reads the checkpoint `data`, which lies at `path`.
  /// - Throws: `FileError.damaged` unless every byte is as it was written.
  package init(_ data: Data, path: String) throws {
    let file = try SealedFile.open(data, path: path)
    guard file.metadata["format"] == Self.format else {
      let format = file.metadata["format"] ?? "unknown"
      throw FileError.damaged(
        path: path, offset: nil, reason: "its format is \"\(format)\", not \"\(Self.format)\"")
    }
    let text = Data((file.metadata["state"] ?? "").utf8)
    do { header = try Self.decoder.decode(Header.self, from: text) } catch {
      throw FileError.damaged(path: path, offset: nil, reason: "its state cannot be read")
    }
    self.tensors = file.tensors
    self.path = path
  }

  /// Reads the checkpoint at `path`.
  /// - Throws: `FileError`; damaged unless every byte is as it was written.
  package init(path: String) throws {
    try self.init(Data(try InputFile.bytes(of: path, most: Self.mostBytes)), path: path)
  }

  /// Twice what the largest network with all it carries along comes to.
  private static let mostBytes = 1 << 33

  /// As a file.
  /// - Throws: what encoding throws.
  package func sealed() throws -> SealedFile {
    let state = String(decoding: try Self.encoder.encode(header), as: UTF8.self)
    return try SealedFile(
      Safetensors(tensors: tensors, metadata: ["format": Self.format, "state": state]))
  }

  /// Requires it to be one of the same run.
  /// - Throws: `ConfigurationError` with what differs.
  package func require(_ identity: RunIdentity) throws {
    try identity.require(header.identity, at: path)
  }

  private static let format = "relief-dist checkpoint \(formatVersion)"

  /// NaN and infinities are written as strings: JSON has no numbers for them, and a loss that went
  /// wrong is kept as it is.
  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
