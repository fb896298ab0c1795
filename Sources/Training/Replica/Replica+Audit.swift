import Foundation
import Tensors

extension Replica {
  /// Requires all ranks to hold the same in what they hold alike, and each of them to hold what it
  /// left in what it alone writes; a step that was not finite ends here, too.
  ///
  /// - Parameters:
  ///   - others: what ranks hold alike besides this replica.
  ///   - step: steps of the run, for messages.
  /// - Throws: `ReplicaError`, `NotFiniteError`, the same on every rank; what gathering throws.
  package func audit(_ others: [SharedTensor] = [], step: Int) throws {
    checkedOptimizer.check()
    statistics.check(before: optimizer.steps + 1)
    try compare(structure + shared + others, step: step)
  }

  /// Takes what this rank alone writes as it is, for whoever wrote it otherwise than by steps.
  package func renewChecksums() {
    checkedOptimizer.renewChecksums()
    statistics.renewChecksums()
    log.faults = RankFaults()
  }

  /// Requires that no rank has found anything in its steps.
  /// - Throws: as `audit` does.
  package func requireSound(step: Int) throws { try compare([], step: step) }

  /// Notes losses of this rank's blocks that are not finite, of the step that is under way.
  func checkFinite(_ losses: BlockPartials) {
    guard log.faults.nonFinite == nil, !Tally.isFinite(losses) else { return }
    let first = workspace.firstNotFinite(losses.share)
    log.faults.add(
      NonFinite(
        step: optimizer.steps + 1, order: first?.place ?? NonFinite.ofLoss,
        what: "the loss" + (first.map { ", from the output of \($0.layer) on," } ?? "")))
  }

  /// Ranks tell each other one number; only where these differ, everything.
  private func compare(_ tensors: [SharedTensor], step: Int) throws {
    let fingerprints = tensors.map { $0.fingerprint() }
    var faults = log.faults
    for (tensor, found) in zip(tensors, fingerprints)
    where tensor.checksum.map({ $0 != found }) ?? false {
      faults.add(Corruption(step: optimizer.steps + 1, what: tensor.name))
    }
    let sum = network.kernels.fingerprint(fingerprints)
    let word = withUnsafeBytes(of: sum) { Array($0) } + [faults.isEmpty ? 0 : 1]
    let words = try communicator.gather(word)
    guard words[0].last != 0 || words.contains(where: { $0 != words[0] }) else { return }
    let own = AuditReport(faults: faults, fingerprints: fingerprints)
    let reports = try communicator.gather(try own.encoded()).map(AuditReport.init(decoding:))
    try AuditVerdict(
      reports: reports, names: tensors.map(\.name), step: step, earlierSteps: step - optimizer.steps
    ).enforce()
  }
}
