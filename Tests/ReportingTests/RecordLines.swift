import Reporting
import Runs
import TestSupport
import Testing

/// Lines of `metrics.jsonl` as the contract has them, keys in alphabetical order.
enum RecordLines {
  static let epoch = """
    {"accuracy":0.5,"bytes_sent":4096,"communication_seconds":0.25,"compute_seconds":1.5,\
    "epoch":2,"event":"epoch","images_per_second":1000.5,"iteration":1,"loss":2.25,\
    "phase":"retrain","ranks":[{"checkpoint_seconds":0.5,"communication_seconds":0.25,\
    "compute_seconds":1.25,"data_seconds":0.125,"resident_bytes":1024}],\
    "seconds":1.75,"slowest_rank":3,"validation_accuracy":0.75}
    """
  static let prune = """
    {"compression":4,"density":0.25,"event":"prune","inputs":[3,0],"iteration":1,"kept":25,\
    "kept_flops":50,"layers":[{"kept":25,"name":"fc1","removed":{"dead":10,"importance":60,\
    "residual":0,"unread":5},"total":100,"units":4,"units_total":5,\
    "weights":{"count":2,"first_bin":0,"negative":[1],"percentiles":[-1,-1,-1,-1,-1,-1,1],\
    "positive":[1],"sum":0,"sum_of_squares":2,"zeros":0}}],\
    "mask_sha256":"0123abcd","seconds":0.5,"total":100,"total_flops":200,\
    "validation_accuracy_before":0.875}
    """
  static let end = """
    {"event":"end","iteration":1,"kept":25,"seconds":12.5,"state_sha256":"89abcdef",\
    "test_accuracy":0.9375,"total":100}
    """
  /// With the same keys as the others, and the memory in use.
  static let iteration = iteration(1, kept: 25, total: 100, accuracy: 0.875)

  static func iteration(_ number: Int, kept: Int, total: Int, accuracy: Double?) -> String {
    let validation = accuracy.map { ",\"validation_accuracy\":\($0)" } ?? ""
    return """
      {"compression":\(json(Double(total) / Double(kept))),\
      "density":\(json(Double(kept) / Double(total))),"event":"iteration","iteration":\(number),\
      "kept":\(kept),"resident_bytes":1024,"total":\(total)\(validation)}
      """
  }

  /// JSON writes a whole number without a point.
  private static func json(_ number: Double) -> String {
    number == number.rounded() ? "\(Int(number))" : "\(number)"
  }

  /// What `MetricsLog` reads from a file of these lines.
  static func records(_ lines: [String]) throws -> [RunRecord] {
    let folder = try TemporaryFolder()
    let text = lines.map { $0 + "\n" }.joined()
    return MetricsLog.read(try folder.write(Array(text.utf8), to: "metrics.jsonl"))
  }
}
