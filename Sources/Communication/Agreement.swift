import Outcomes

/// A failure that some rank met and all ranks know of.
package struct AgreedFailure: Error {
  /// The lowest rank that failed.
  package let rank: Int
  /// The exit code it asked for.
  package let code: Int32
  /// What it has to say; after its name, where others did not fail.
  package let message: String

  /// What this rank itself met, if it did.
  package let cause: (any Error)?

  /// A failure of `rank`.
  package init(rank: Int, code: Int32, message: String, cause: (any Error)? = nil) {
    (self.rank, self.code, self.message, self.cause) = (rank, code, message, cause)
  }
}

extension Communicator {
  /// Does `work` on every rank, aside, and goes on only if it succeeded on all of them.
  /// - Throws: `AgreedFailure` on every rank, with the words of the lowest rank that failed, and
  ///   its name and host unless all did.
  package func agree<Result>(_ work: () throws -> Result) throws -> Result {
    try agree(isForAll: true, work)
  }

  /// Does `work` on the root, aside, and goes on only if it succeeded.
  /// - Returns: nil on other ranks.
  /// - Throws: `AgreedFailure` on every rank.
  package func agreeOnRoot<Result>(_ work: () throws -> Result) throws -> Result? {
    try agree(isForAll: false) { isRoot ? try work() : nil }
  }

  private func agree<Result>(
    isForAll: Bool, _ work: () throws -> Result
  ) throws -> Result {
    var outcome: Swift.Result<Result, any Error>
    do { outcome = .success(try inspector.aside(work)) } catch { outcome = .failure(error) }
    var report: [UInt8] = []
    if case .failure(let error) = outcome {
      let words = Outcome(of: error)
      report = withUnsafeBytes(of: words.code.littleEndian, Array.init) + Array(words.message.utf8)
    }
    let reports = try gather(report)
    if let rank = reports.firstIndex(where: { !$0.isEmpty }) {
      let code = reports[rank].prefix(4).reversed().reduce(Int32(0)) { $0 << 8 | Int32($1) }
      let words = String(decoding: reports[rank].dropFirst(4), as: UTF8.self)
      let isAlone = isForAll && reports.contains { $0.isEmpty }
      var cause: (any Error)?
      if case .failure(let error) = outcome { cause = error }
      throw AgreedFailure(
        rank: rank, code: code, message: isAlone ? "\(inspector.name(of: rank)): \(words)" : words,
        cause: cause)
    }
    return try outcome.get()
  }

  /// What the root's `make` returns, on every rank, unless it fails.
  /// - Throws: `AgreedFailure` on every rank.
  package func agreedFromRoot(_ make: () throws -> [UInt8]) throws -> [UInt8] {
    try broadcast(agreeOnRoot(make) ?? [])
  }
}
