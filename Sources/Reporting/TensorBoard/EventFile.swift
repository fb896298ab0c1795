import Foundation
import Runs
import Storage

/// A file of events in a run's folder, which TensorBoard shows.
///
/// It is a row of frames: the length of an event, its masked checksum, the event and its masked
/// checksum (TensorFlow: "TFRecord and tf.train.Example"). A run that goes on has one more file,
/// which begins with the step from which on what earlier files have is void.
package final class EventFile {
  private let file: OutputFile
  /// The step of the last record.
  private var last: Int?

  /// Starts a file in `folder` for a run that begins, in place of all that are there, or for one
  /// that goes on after `steps` steps.
  ///
  /// - Parameters:
  ///   - recipe: the run's recipe, as text.
  ///   - records: what is on record already.
  /// - Throws: `FileError.system`.
  package init(in folder: String, recipe: String, after steps: Int?, records: [RunRecord]) throws {
    let others = try Folder.names(in: folder).filter { $0.hasPrefix(Self.prefix) }
    // They are read in the order of their names.
    let latest = others.compactMap { Int($0.dropFirst(Self.prefix.count).prefix { $0 != "." }) }
      .max()
    if steps == nil { for name in others { try OutputFile.remove("\(folder)/\(name)") } }
    let time = max(Int(Date().timeIntervalSince1970), (latest ?? 0) + 1)
    file = try OutputFile("\(folder)/\(Self.prefix)\(time).relief-dist", .new)
    try write(Event(step: nil, content: .version))
    try write(Event(step: steps ?? 0, content: .start))
    try write(Event(step: steps ?? 0, content: .summaries([.text("recipe", recipe)])))
    guard let steps else { return }
    for record in records where record.step.map({ $0 >= steps }) ?? false { try append(record) }
  }

  private static let prefix = "events.out.tfevents."

  /// Adds what `record` says.
  /// - Throws: `FileError.system`.
  package func append(_ record: RunRecord) throws {
    // The end has the last step; records of earlier versions have none.
    guard let step = record.step ?? last else { return }
    last = step
    try write(Event(step: step, content: .summaries(try Summary.all(of: record))))
  }

  private func write(_ event: Event) throws {
    let content = event.bytes
    let length = withUnsafeBytes(of: UInt64(content.count).littleEndian, Array.init)
    try file.write(length + Self.checksum(length) + content + Self.checksum(content))
  }

  /// Rotated and moved, so that a checksum of checksums is none of these.
  private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
    let checksum = CyclicChecksum.of(bytes)
    let masked = (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
    return withUnsafeBytes(of: masked.littleEndian, Array.init)
  }
}

/// An event (TensorFlow: `event.proto`).
private struct Event {
  enum Content {
    case version
    case start
    case summaries([Summary])
  }

  let step: Int?
  let content: Content

  var bytes: [UInt8] {
    var message = ProtocolBuffer.Writer()
    message.write(1, Date().timeIntervalSince1970)
    if let step { message.write(2, step) }
    switch content {
    case .version: message.write(3, "brain.Event:2")
    case .start: message.write(7) { $0.write(1, 1) }
    case .summaries(let summaries):
      message.write(5) { summary in
        for value in summaries { summary.write(1, value.fill) }
      }
    }
    return message.bytes
  }
}

extension RunRecord {
  /// Steps of the run when it was put on record.
  var step: Int? {
    switch self {
    case .epoch(let record): record.step
    case .prune(let record): record.step
    case .iteration(let record): record.step
    case .rollback(let record): record.step
    case .end: nil
    }
  }
}
