import Foundation
import Tensors

extension Replica {
  /// Requires all ranks to hold the same in what they hold alike, and each of them to hold what it left
  /// in what it alone writes; a step that was not finite ends here, too.
  ///
  /// - Parameters:
  ///   - others: what ranks hold alike besides this replica.
  ///   - step: steps of the run, for messages.
  /// - Throws: `ReplicaError`, `NotFiniteError`, the same on every rank; what gathering throws.
  package func audit(_ others: [SharedTensor] = [], step: Int) throws {
    seals.check()
    try compare(structure + shared + others, step: step)
  }

  /// Takes what this rank alone writes as it is, for whoever wrote it otherwise than by steps.
  package func reseal() { seals.close() }

  /// Requires that no rank has found anything in its steps.
  /// - Throws: as `audit` does.
  package func requireSound(step: Int) throws { try compare([], step: step) }

  /// Notes a loss of this rank's blocks that is not finite.
  func noteFlaw(_ tally: BlockPartials) {
    guard seals.findings.flaw == nil, !Tally.isFinite(tally) else { return }
    let share = tally.share
    let first = workspace.firstNotFinite(share)
    seals.note(
      Flaw(
        step: optimizer.steps, order: first?.place ?? Flaw.ofLoss,
        what: "the loss" + (first.map { ", from the output of \($0.layer) on," } ?? "")))
  }

  /// Ranks tell each other one number; only where these differ, everything.
  private func compare(_ tensors: [SharedTensor], step: Int) throws {
    let fingerprints = tensors.map { $0.fingerprint() }
    var findings = seals.findings
    for (tensor, found) in zip(tensors, fingerprints)
    where tensor.seal.map({ $0 != found }) ?? false {
      findings.add(Change(step: optimizer.steps + 1, what: tensor.name))
    }
    let sum = network.kernels.fingerprint(fingerprints)
    let word = withUnsafeBytes(of: sum) { Array($0) } + [findings.isEmpty ? 0 : 1]
    let words = try communicator.gather(word)
    guard words[0].last != 0 || words.contains(where: { $0 != words[0] }) else { return }
    let own = AuditReport(findings: findings, fingerprints: fingerprints)
    let reports = try communicator.gather(try own.encoded()).map(AuditReport.init(decoding:))
    try AuditVerdict(
      reports: reports, names: tensors.map(\.name), step: step, behind: step - optimizer.steps
    ).enforce()
  }
}
