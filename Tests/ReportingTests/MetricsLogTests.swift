import Foundation
import Reporting
import Storage
import TestSupport
import Testing

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

  /// In a process of its own, whose files may not grow for a while.
  @Test(
    "lines that could not be written come with the next, in their order, and the first not at all")
  func waiting() async {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      let folder = try TemporaryFolder()
      let path = folder.path + "/metrics.jsonl"
      let lines = [RecordLines.epoch, RecordLines.prune, RecordLines.iteration, RecordLines.end]
      let records = try RecordLines.records(lines)
      func setLimit(_ bytes: Int) {
        var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t.max)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      }
      let reporter = RunReporter(log: try MetricsLog(path), progress: nil)
      setLimit(10)
      try #require(throws: FileError.self) { try reporter.recorded(records[0]) }
      setLimit(1000)
      try reporter.recorded(records[0])
      // Half of a line finds room.
      setLimit((lines[0] + "\n" + lines[0] + "\n").utf8.count + 20)
      try reporter.recorded(records[0])
      try reporter.recorded(records[1])
      try #require(throws: FileError.self) { _ = try reporter.synchronise() }
      try #require(throws: FileError.self) { try reporter.recorded(records[3]) }
      setLimit(1 << 20)
      try reporter.recorded(records[2])
      let expected = [0, 0, 0, 1, 3, 2].map { lines[$0] + "\n" }.joined()
      try #require(try reporter.synchronise() == expected.utf8.count)
      try #require(try String(contentsOfFile: path, encoding: .utf8) == expected)
    }
  }

  @Test("records of a run under way are read up to its last whole line, others with what is wrong")
  func reading() throws {
    #expect(
      try #require(throws: FileError.self) { try MetricsLog.records(path) }.exitCode
        == .missingInput)
    let whole = RecordLines.prune + "\n" + RecordLines.end + "\n"
    try folder.write(Array((whole + "{\"event\"").utf8), to: "metrics.jsonl")
    #expect(try MetricsLog.records(path).count == 2)
    try folder.write(Array((whole + "{}\n" + whole).utf8), to: "metrics.jsonl")
    let error = try #require(throws: FileError.self) { try MetricsLog.records(path) }
    #expect(error.exitCode == .badDataFile && error.description.contains("line 3 is no record"))
    // What lies there, and is no file.
    let other = try #require(throws: FileError.self) { try MetricsLog.records(folder.path) }
    #expect(other.exitCode == .badDataFile && other.description.contains("a folder"))
  }

  @Test("a log goes on where its lines end, and only there")
  func goingOn() throws {
    let whole = RecordLines.prune + "\n" + RecordLines.end + "\n"
    try folder.write(Array(whole.utf8), to: "metrics.jsonl")
    for bytes in [5, whole.utf8.count - 1, whole.utf8.count + 1] {
      let error = try #require(throws: FileError.self) { try MetricsLog(path, after: bytes) }
      #expect(error.exitCode == .badDataFile && error.description.contains("--resume never"))
      #expect(content == whole)
    }
    let log = try MetricsLog(path, after: RecordLines.prune.utf8.count + 1)
    try log.append(try #require(try RecordLines.records([RecordLines.epoch]).first))
    #expect(content == RecordLines.prune + "\n" + RecordLines.epoch + "\n")
  }

  @Test("a log that cannot grow says so")
  func fullDisk() throws {
    let record = try #require(try RecordLines.records([RecordLines.end]).first)
    let log = try MetricsLog("/dev/full")
    let error = #expect(throws: (any Error).self) { try log.append(record) }
    #expect(error.map { "\($0)" } == "/dev/full: pwrite: No space left on device")
  }
}
