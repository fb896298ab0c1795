import Foundation
import Reporting
import Runs
import Testing

@Suite struct RecordTableTests {
  @Test("Every key with one value has a column, numbers and words are what they were")
  func records() throws {
    let lines = [RecordLines.epoch, RecordLines.prune, RecordLines.iteration, RecordLines.end]
    let table = try RecordTable(try RecordLines.records(lines), .records).text
      .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(table.count == 5)
    for (line, row) in zip(lines, table.dropFirst()) {
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      for (key, value) in object where !(value is [Any]) {
        let column = try #require(table[0].firstIndex { $0 == key }, "\(key)")
        let text = String(row[column])
        if let number = value as? NSNumber {
          #expect(Double(text) == number.doubleValue, "\(key)")
        } else {
          #expect(text == value as? String, "\(key)")
        }
      }
      #expect(row.count { !$0.isEmpty } == object.values.count { !($0 is [Any]) })
    }
  }

  @Test("Layers and ranks have rows of their own")
  func lists() throws {
    let records = try RecordLines.records([RecordLines.epoch, RecordLines.prune])
    #expect(
      try RecordTable(records, .layers).text == """
        iteration,name,kept,total,units,units_total,removed_importance,removed_dead,removed_unread,\
        removed_residual
        1,fc1,25,100,4,5,60,10,5,0
        """)
    #expect(
      try RecordTable(records, .ranks).text == """
        phase,iteration,epoch,rank,compute_seconds,communication_seconds,data_seconds,\
        checkpoint_seconds,resident_bytes
        retrain,1,2,0,1.25,0.25,0.125,0.5,1024
        """)
  }

  @Test("Words with commas, quotes and ends of lines are one field")
  func hostileWords() throws {
    let line = """
      {"event":"rollback","iteration":0,"epoch":1,"step":3,"what":"a, \\"b\\"\\nc","rollbacks":1,\
      "learning_rate_factor":0.5}
      """
    let text = try RecordTable(try RecordLines.records([line]), .records).text
    #expect(text.contains("\"a, \"\"b\"\"\nc\""))
  }
}
