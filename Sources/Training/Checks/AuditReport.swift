import Communication
import Foundation

/// What a rank has to say where ranks do not agree.
struct AuditReport: Codable {
  let faults: RankFaults
  let fingerprints: [UInt64]

  init(faults: RankFaults, fingerprints: [UInt64]) {
    (self.faults, self.fingerprints) = (faults, fingerprints)
  }

  /// One that another rank has encoded.
  /// - Throws: what decoding throws.
  init(decoding bytes: [UInt8]) throws {
    self = try JSONDecoder().decode(AuditReport.self, from: Data(bytes))
  }

  /// For other ranks.
  /// - Throws: what encoding throws.
  func encoded() throws -> [UInt8] { [UInt8](try JSONEncoder().encode(self)) }
}

/// What the reports of all ranks come to, the same on every rank.
struct AuditVerdict {
  /// By rank.
  let reports: [AuditReport]
  /// What the fingerprints are of.
  let names: [String]
  /// Steps of the run.
  let step: Int
  /// Steps of the run before the optimizer's first.
  let earlierSteps: Int

  /// - Throws: `ReplicaError`, `NotFiniteError`.
  func enforce() throws {
    // A rank that knows to be wrong is so for sure; and numbers that are not finite may differ in
    // bits that mean nothing.
    try enforceChecksums()
    try enforceFinite()
    try enforceEquality()
  }

  private func enforceChecksums() throws {
    let corruptions = reports.enumerated().compactMap { rank, report in
      report.faults.corruption.map { (rank: rank, corruption: $0) }
    }
    guard let first = corruptions.map(\.corruption.step).min() else { return }
    let places = corruptions.filter { $0.corruption.step == first }.map {
      "rank \($0.rank): \($0.corruption.what) changed by itself before step \(first + earlierSteps)"
    }
    throw ReplicaError(what: "\(places.joined(separator: "; ")); \(Self.remedy)")
  }

  private func enforceFinite() throws {
    let found = reports.compactMap(\.faults.nonFinite)
    guard let first = found.min(by: { ($0.step, $0.order) < ($1.step, $1.order) }) else { return }
    throw NotFiniteError(what: first.what, step: first.step + earlierSteps)
  }

  private func enforceEquality() throws {
    for (index, name) in names.enumerated() {
      let values = reports.map { $0.fingerprints[index] }
      guard Set(values).count > 1 else { continue }
      throw ReplicaError(
        what: """
          after step \(step) \(Self.outliers(values)) in \(name); this may be older than the last audit; \
          \(Self.remedy)
          """)
    }
  }

  /// Who differs: from the majority, if there is one.
  private static func outliers(_ values: [UInt64]) -> String {
    let majority = values.first { value in 2 * values.count { $0 == value } > values.count }
    let ranks = values.indices.filter { values[$0] != majority }.map { "\($0)" }
    let list = ranks.dropLast().joined(separator: ", ")
    let names =
      ranks.count == 1 ? "rank \(ranks[0])" : "ranks \(list) and \(ranks[ranks.count - 1])"
    if majority == nil { return "\(names) differ" }
    return "\(names) \(ranks.count == 1 ? "differs" : "differ") from the others"
  }

  private static let remedy = """
    the last checkpoint is sound, the same command goes on from there; where that happens again, have \
    the memory of that rank's machine tested
    """
}
