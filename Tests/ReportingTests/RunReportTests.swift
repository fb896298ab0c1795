import Foundation
import Recipes
import Reporting
import Runs
import TestSupport
import Testing

@Suite struct RunReportTests {
  private static let hostile =
    "<script>alert('1')</script>\"&\u{1B}[31m\u{202E}" + String(repeating: "x", count: 4096)

  private func description(_ words: String) throws -> RunDescription {
    let json: [String: Any] = [
      "version": "1", "command": ["relief-dist", words], "recipe": words, "world_size": 2,
      "processor": words, "kernel_set": "portable", "blas_core": words, "flushes_subnormals": true,
      "data": words, "data_sha256": "00", "training_images": 10, "test_images": 5, "started": words,
    ]
    let folder = try TemporaryFolder()
    let bytes = [UInt8](try JSONSerialization.data(withJSONObject: json))
    _ = try folder.write(bytes, to: "run.json")
    return try RunDescription(of: folder.path)
  }

  private func report(_ records: [RunRecord], words: String = "words") throws -> String {
    RunReport(
      RunHistory(records),
      try Recipe(
        name: words,
        text: "[pruning]\ntolerance = 0.02 # \(words.prefix(20).filter { $0 != "\u{1B}" })"),
      try description(words)
    ).text
  }

  private func records(iterations: Int = 3, layers: Int = 2, words: String = "fc") throws
    -> [RunRecord]
  {
    let lines = try (0...iterations).flatMap { iteration -> [String] in
      let kept = 1000 / (iteration + 1)
      let name = try #require(
        String(data: try JSONEncoder().encode("\(words)\(iteration)"), encoding: .utf8))
      let list = (0..<layers).map { _ in
        """
        {"kept":\(kept / layers),"name":\(name),"removed":{"dead":1,"importance":7,"residual":0,\
        "unread":2},"total":\(1000 / layers),"units":4,"units_total":5}
        """
      }
      let prune = """
        {"compression":\(iteration + 1),"density":\(Double(kept) / 1000),"event":"prune","inputs":\
        [3,0,1,2],"input_shape":[1,2,2],"iteration":\(iteration),"kept":\(kept),"kept_flops":1,\
        "layers":[\(list.joined(separator: ","))],"mask_sha256":"0","seconds":0.5,"total":1000,\
        "total_flops":2}
        """
      let epoch = """
        {"accuracy":0.5,"bytes_sent":4096,"communication_seconds":0.25,"compute_seconds":1.5,\
        "epoch":1,"event":"epoch","images_per_second":1000.5,"iteration":\(iteration),"loss":2.25,\
        "phase":"train","seconds":1.75,"slowest_rank":0,"validation_accuracy":0.75,"ranks":\
        [{"checkpoint_seconds":0.5,"communication_seconds":0.25,"compute_seconds":1.25,\
        "data_seconds":0.125,"resident_bytes":1024}]}
        """
      let result = RecordLines.iteration(
        iteration, kept: kept, total: 1000, accuracy: 0.9 - 0.01 * Double(iteration))
      return (iteration > 0 ? [prune] : []) + [epoch, epoch, result]
    }
    return try RecordLines.records(lines)
  }

  private static let end = """
    {"event":"end","iteration":2,"kept":333,"seconds":12.5,"state_sha256":"89abcdef",\
    "test_accuracy":0.9375,"total":1000}
    """

  @Test("The page tells the numbers on record")
  func numbers() throws {
    let page = try report(records() + RecordLines.records([Self.end]))
    for words in [
      "iteration 2 keeps 333 of 1,000 connections, one in 3.0, with a test accuracy of 93.75 %",
      "iteration 3: 250 connections, validation accuracy 87.00 %", "chosen: iteration 2",
      "within the tolerance of 2 % below the unpruned network&#39;s 90.00 %",
      "fc2, iteration 2: 166 of 500 connections, 33.20 %", "4 of 5 units, 166 of 500 connections",
      "none to 3. 1 of 4 pixels have none", "rank 0: images 1.0 s", "20, 5.7 %", "89abcdef",
    ] { #expect(page.contains(words), "\(words)") }
  }

  @Test("Whatever is under way, or has nothing to show, has a page, too")
  func underWay() throws {
    #expect(try report([]).contains("its first training is under way, 0 epochs are done"))
    let page = try report(records())
    #expect(page.contains("under way or cut short: 3 of 20 pruning iterations are done"))
    let earlier = try RecordLines.records([
      RecordLines.iteration(0, kept: 10, total: 10, accuracy: nil), Self.end,
    ])
    #expect(try report(earlier).contains("keeps 333 of 1,000"))
  }

  @Test("Names of others are text, wherever they come from")
  func hostileNames() throws {
    let page = try report(records(words: Self.hostile), words: Self.hostile)
    #expect(!page.contains("<script") && !page.contains("\u{1B}") && !page.contains("\u{202E}"))
    #expect(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;\\u{1B}[31m"))
    #expect(page.components(separatedBy: "<h1>").count == 2)
  }

  @Test("It needs nothing from elsewhere and stays below a megabyte after 200 iterations")
  func size() throws {
    let start = ContinuousClock.now
    let page = try report(records(iterations: 200, layers: 21))
    #expect(ContinuousClock.now - start < .seconds(60))
    #expect(page.utf8.count < 1_000_000, "\(page.utf8.count) bytes")
    for word in ["http:", "https:", "src=", "@import", "url(", "<script", "<link rel=\"style"] {
      #expect(!page.contains(word), "\(word)")
    }
  }
}
