import Reporting
import Testing

@Suite struct ResultTableTests {
  private static let rows = [
    RecordLines.iteration(0, kept: 266_610, total: 266_610, accuracy: 0.98),
    RecordLines.iteration(1, kept: 133_305, total: 266_610, accuracy: 0.97125),
    RecordLines.iteration(2, kept: 1_000, total: 266_610, accuracy: 0.5),
  ]

  private func end(_ iteration: Int = 1, seconds: Double = 75, stopped: String? = nil) -> String {
    let stopped = stopped.map { ",\"stopped\":\"\($0)\"" } ?? ""
    return """
      {"event":"end","iteration":\(iteration),"kept":133305,"seconds":\(seconds),\
      "state_sha256":"89abcdef","test_accuracy":0.96875,"total":266610\(stopped)}
      """
  }

  /// The lines of the table of these records.
  private func lines(_ records: [String]) throws -> [String] {
    ResultTable(try RecordLines.records(records)).text(path: "runs/some")
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test("a finished run has its rows, the chosen one marked, its test and its place")
  func whole() throws {
    #expect(
      try lines(Self.rows + [RecordLines.epoch, RecordLines.prune, end()]) == [
        "iteration     kept  compression  validation accuracy",
        "        0  266,610         1.0×              98.00 %",
        "        1  133,305         2.0×              97.12 %  ← chosen",
        "        2    1,000       266.6×              50.00 %",
        "",
        "Iteration 1 keeps 133,305 of 266,610 connections; test accuracy 96.88 %. 1 min 15 s in all.",
        "Run: runs/some",
      ])
  }

  @Test("cells stand under their columns")
  func alignment() throws {
    let lines = try lines(Self.rows + [end()]).prefix(4).map {
      $0.replacing("  ← chosen", with: "")
    }
    #expect(Set(lines.map(\.count)).count == 1, "\(lines)")
  }

  @Test("a run that goes on has its rows only, and is not finished")
  func unfinished() throws {
    let table = ResultTable(try RecordLines.records(Array(Self.rows.prefix(2))))
    #expect(!table.isFinished)
    #expect(table.stateHash == nil)
    let text = table.text(path: "runs/some")
    #expect(text.split(separator: "\n").count == 3)
    #expect(!text.contains("chosen") && !text.contains("runs/some"))
  }

  @Test("a finished run has its state's hash")
  func hash() throws {
    let table = ResultTable(try RecordLines.records([end()]))
    #expect(table.isFinished)
    #expect(table.stateHash == "89abcdef")
  }

  @Test("records that come one by one make the same table")
  func growing() throws {
    let records = try RecordLines.records(Self.rows + [end()])
    var table = ResultTable()
    for record in records { table.add(record) }
    #expect(table.text(path: "x") == ResultTable(records).text(path: "x"))
  }

  @Test("only the chosen row is marked", arguments: 0...2)
  func chosen(_ iteration: Int) throws {
    let marked = try lines(Self.rows + [end(iteration)]).filter { $0.contains("← chosen") }
    try #require(marked.count == 1)
    #expect(marked[0].drop { $0 == " " }.hasPrefix("\(iteration) "))
  }

  @Test("without validation images there is a dash")
  func noValidation() throws {
    let row = RecordLines.iteration(0, kept: 10, total: 100, accuracy: nil)
    #expect(try lines([row])[1].hasSuffix("                  –"))
  }

  @Test("why pruning ended early is told")
  func stopped() throws {
    let lines = try lines(Self.rows + [end(stopped: "the last weight went")])
    #expect(lines.contains("the last weight went"))
  }

  @Test(
    "numbers are grouped by thousands",
    arguments: [
      (1, "1"), (999, "999"), (1000, "1,000"), (20_034, "20,034"), (266_610, "266,610"),
      (1_000_000, "1,000,000"), (1_234_567_890, "1,234,567,890"),
    ])
  func grouped(_ number: Int, _ text: String) throws {
    let row = try lines([RecordLines.iteration(0, kept: number, total: number, accuracy: 1)])[1]
    #expect(row.split(separator: " ")[1] == text)
  }

  @Test(
    "times are told in the unit they deserve",
    arguments: [
      (0.04, "0.0 s"), (12.34, "12.3 s"), (59.4, "59.4 s"), (59.6, "1 min 0 s"), (60, "1 min 0 s"),
      (3599, "59 min 59 s"), (3599.7, "1 h 0 min"), (3600, "1 h 0 min"), (90_061, "25 h 1 min"),
    ])
  func duration(_ seconds: Double, _ text: String) throws {
    #expect(try lines([end(seconds: seconds)]).contains { $0.hasSuffix(" \(text) in all.") })
  }
}
