import Foundation
import Reporting
import TestSupport
import Testing
import Training

@Suite struct MetricsLogTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/metrics.jsonl" }

  init() throws { folder = try TemporaryFolder() }

  private var content: String? { try? String(contentsOfFile: path, encoding: .utf8) }

  @Test(
    "each record is one line with the contract's keys",
    arguments: [RecordLines.epoch, RecordLines.prune, RecordLines.iteration, RecordLines.end])
  func line(_ line: String) throws {
    let record = try #require(try RecordLines.records([line]).first)
    try MetricsLog(path).append(record)
    #expect(content == line + "\n")
  }

  @Test("records are read with the values they were written with, in their order")
  func values() throws {
    let lines = [RecordLines.epoch, RecordLines.prune, RecordLines.iteration, RecordLines.end]
    let records = try RecordLines.records(lines)
    try #require(records.count == 4)
    guard case .epoch(let epoch) = records[0], case .prune(let prune) = records[1],
      case .iteration(let iteration) = records[2], case .end(let end) = records[3]
    else {
      Issue.record("\(records)")
      return
    }
    #expect(epoch.phase == "retrain" && epoch.iteration == 1 && epoch.epoch == 2)
    #expect(epoch.loss == 2.25 && epoch.accuracy == 0.5 && epoch.validationAccuracy == 0.75)
    #expect(epoch.imagesPerSecond == 1000.5 && epoch.seconds == 1.75 && epoch.bytesSent == 4096)
    #expect(epoch.computeSeconds == 1.5 && epoch.communicationSeconds == 0.25)
    #expect(prune.kept == 25 && prune.total == 100 && prune.validationAccuracyBefore == 0.875)
    #expect(prune.keptFlops == 50 && prune.totalFlops == 200 && prune.maskSha256 == "0123abcd")
    #expect(iteration.compression == 4 && iteration.residentBytes == 1024)
    #expect(end.stateSha256 == "89abcdef" && end.testAccuracy == 0.9375 && end.stopped == nil)
  }

  @Test("what is not known is left out, not null")
  func missingValue() throws {
    let line = RecordLines.epoch.replacing(",\"validation_accuracy\":0.75", with: "")
    let record = try #require(try RecordLines.records([line]).first)
    try MetricsLog(path).append(record)
    #expect(content == line + "\n")
  }

  @Test("why a run stopped is part of its end")
  func stopped() throws {
    let line = RecordLines.end.replacing(
      "\"test_accuracy\"", with: "\"stopped\":\"why / how\",\"test_accuracy\"")
    let record = try #require(try RecordLines.records([line]).first)
    guard case .end(let end) = record else {
      Issue.record("\(record)")
      return
    }
    #expect(end.stopped == "why / how")
    try MetricsLog(path).append(record)
    #expect(content == line + "\n")
  }

  @Test("lines that cannot be read are passed over")
  func unreadable() throws {
    let records = try RecordLines.records([
      RecordLines.prune, "", "no JSON", "{}", "[]", "{\"event\":\"party\"}", "{\"event\":\"end\"}",
      "{\"event\":3}", String(RecordLines.epoch.dropLast(10)), "\u{0}", RecordLines.end,
      String(RecordLines.end.dropLast()),
    ])
    #expect(records.count == 2)
  }

  @Test("bytes that are no text are passed over")
  func binary() throws {
    let bytes = [0xFF, 0xFE, 0x0A] + Array(RecordLines.end.utf8) + [0x0A, 0xC3]
    #expect(MetricsLog.read(try folder.write(bytes, to: "metrics.jsonl")).count == 1)
  }

  @Test("without a log there are no records")
  func noLog() { #expect(MetricsLog.read(path).isEmpty) }

  @Test("a new log begins empty, each record is on disk at once")
  func anew() throws {
    try folder.write(Array("old\n".utf8), to: "metrics.jsonl")
    let log = try MetricsLog(path)
    #expect(content == "")
    for record in try RecordLines.records([RecordLines.prune, RecordLines.end]) {
      try log.append(record)
    }
    #expect(content == RecordLines.prune + "\n" + RecordLines.end + "\n")
    withExtendedLifetime(log) {}
  }

  @Test("a log that cannot grow says so")
  func fullDisk() throws {
    let record = try #require(try RecordLines.records([RecordLines.end]).first)
    let log = try MetricsLog("/dev/full")
    let error = #expect(throws: (any Error).self) { try log.append(record) }
    #expect(error.map { "\($0)" } == "/dev/full: write: No space left on device")
  }
}
