import Foundation
import Storage
import Tensors
import Training

/// One training step as all ranks lived it, in the format of Chrome's tracing (about:tracing,
/// Perfetto): a process a rank, times in microseconds.
package struct StepTrace {
  private struct Event: Codable {
    let name, cat, ph: String
    let ts, dur: Double
    let pid, tid: Int
  }
  private struct Document: Codable { let traceEvents: [Event] }

  private let events: [Event]

  /// Runs `step` on all ranks at once, and gathers when what ran.
  /// - Throws: what the step and the ranks throw.
  package init(_ replica: Replica, step: () throws -> Void) throws {
    let communicator = replica.communicator
    _ = try communicator.gather([0.0])
    let timeline = Timeline()
    replica.timeline = timeline
    defer { replica.timeline = nil }
    try step()
    let bytes = try JSONEncoder().encode(timeline.spans)
    events = try communicator.gather(Array(bytes)).enumerated().flatMap { rank, bytes in
      try JSONDecoder().decode([Timeline.Span].self, from: Data(bytes)).map { span in
        Event(
          name: span.name, cat: span.category, ph: "X", ts: span.start * 1e6,
          dur: span.seconds * 1e6, pid: rank, tid: 0)
      }
    }
  }

  /// Writes the trace to `path`.
  /// - Throws: `FileError`.
  package func write(to path: String) throws {
    try OutputFile.replace(path, with: JSONEncoder().encode(Document(traceEvents: events)))
  }
}
