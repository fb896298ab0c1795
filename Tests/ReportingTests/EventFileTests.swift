import Foundation
import Reporting
import Runs
import Storage
import TestSupport
import Testing

@Suite struct EventFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// An event as this test reads it: its step, whether it begins a session, and its numbers by tag.
  private struct Event {
    var step = 0
    var isStart = false
    var scalars: [String: Float] = [:]
    var tags: [String] = []
  }

  private func names() throws -> [String] {
    try Folder.names(in: folder.path).filter { $0.contains("tfevents") }.sorted()
  }

  private func events(_ name: String) throws -> [Event] {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(folder.path)/\(name)")))
    var (events, place) = ([Event](), 0)
    while place < bytes.count {
      let length = Array(bytes[place..<place + 8])
      let count = length.reversed().reduce(0) { $0 << 8 | Int($1) }
      let content = Array(bytes[place + 12..<place + 12 + count])
      #expect(Array(bytes[place + 8..<place + 12]) == masked(length))
      #expect(Array(bytes[place + 12 + count..<place + 16 + count]) == masked(content))
      events.append(try event(content))
      place += 16 + count
    }
    return events
  }

  private func masked(_ bytes: [UInt8]) -> [UInt8] {
    let sum = UInt64(CyclicChecksum.of(bytes))
    let rotated = (sum >> 15 | sum << 17) & 0xFFFF_FFFF
    let value = (rotated + 0xA282_EAD8) & 0xFFFF_FFFF
    return (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private func fields(
    _ message: ArraySlice<UInt8>
  ) throws -> [(field: Int, value: ProtocolBuffer.Value)] {
    var reader = ProtocolBuffer.Reader(message, path: "events")
    var fields: [(field: Int, value: ProtocolBuffer.Value)] = []
    while let field = try reader.next() { fields.append(field) }
    return fields
  }

  private func event(_ bytes: [UInt8]) throws -> Event {
    var event = Event()
    for (field, value) in try fields(bytes[...]) {
      switch (field, value) {
      case (2, .varint(let step)): event.step = Int(step)
      case (7, .bytes): event.isStart = true
      case (5, .bytes(let summary)):
        for (_, value) in try fields(summary) {
          guard case .bytes(let content) = value else { continue }
          var (tag, number) = ("", Float?.none)
          for (field, value) in try fields(content) {
            if field == 1, case .bytes(let name) = value {
              tag = String(decoding: name, as: UTF8.self)
            }
            if field == 2, case .fixed32(let bits) = value { number = Float(bitPattern: bits) }
          }
          event.tags.append(tag)
          event.scalars[tag] = number
        }
      default: break
      }
    }
    return event
  }

  private func epoch(_ step: Int, loss: Double) throws -> RunRecord {
    let line = RecordLines.epoch
      .replacing("\"slowest_rank\":3", with: "\"slowest_rank\":3,\"step\":\(step)")
      .replacing("\"loss\":2.25", with: "\"loss\":\(loss)")
    return try #require(try RecordLines.records([line]).first)
  }

  @Test("Every number on record is there, of ranks and layers, too")
  func numbers() throws {
    let file = try EventFile(in: folder.path, recipe: "[a]", after: nil, records: [])
    try file.append(epoch(7, loss: 0.5))
    let prune = RecordLines.prune.replacing("\"seconds\":0.5", with: "\"seconds\":0.5,\"step\":7")
    try file.append(try #require(try RecordLines.records([prune]).first))
    try file.append(try #require(try RecordLines.records([RecordLines.end]).first))
    let events = try events(try #require(try names().first))
    #expect(events.last?.step == 7 && events.last?.scalars["end/test_accuracy"] == 0.9375)
    #expect(events.count == 6 && events[1].isStart && events[2].tags == ["recipe"])
    #expect(events[3].step == 7 && events[3].scalars["epoch/loss"] == 0.5)
    #expect(events[3].scalars["epoch/compute_seconds/rank_0"] == 1.25)
    #expect(events[4].step == 7 && events[4].scalars["prune/kept/fc1"] == 25)
    #expect(events[4].tags.contains("weights/fc1"))
  }

  @Test("A run that goes on voids what comes after its checkpoint, and only that")
  func resumes() throws {
    let first = try EventFile(in: folder.path, recipe: "", after: nil, records: [])
    for step in [10, 20, 30] { try first.append(epoch(step, loss: Double(step))) }
    let kept = try [10, 20].map { try epoch($0, loss: Double($0)) }
    let second = try EventFile(in: folder.path, recipe: "", after: 20, records: kept)
    try second.append(epoch(30, loss: 31))
    // As TensorBoard does, file after file.
    var shown: [(step: Int, loss: Float)] = []
    #expect(try names().count == 2)
    for name in try names() {
      for event in try events(name) {
        if event.isStart { shown.removeAll { $0.step >= event.step } }
        if let loss = event.scalars["epoch/loss"] { shown.append((event.step, loss)) }
      }
    }
    #expect(shown.map(\.step) == [10, 20, 30] && shown.map(\.loss) == [10, 20, 31])
    _ = try EventFile(in: folder.path, recipe: "", after: nil, records: [])
    #expect(try names().count == 1)
  }
}
