import Communication
import Networks
import Optimizers
import Pruning
import Tensors
import Testing
import Training

extension OracleTests {
  @Test("Masks are the paper's implementation's", arguments: OracleFile.all("pruning"))
  func pruning(_ file: OracleFile) throws {
    let oracle = try file.open()
    let first = try oracle.mask("masks.", above: Mask(count: oracle.layout.count))
    let call = try prune(oracle, weights: "weights.", mask: Mask(count: oracle.layout.count))
    try compare(call, first, oracle, call: 1)
    let second = try oracle.mask("masks2.", above: first)
    try compare(
      prune(oracle, weights: "weights2.", mask: first), second, oracle, call: 2)
    if !oracle.isResidual {
      #expect(try Double(oracle.layout.keptCount(first)) == oracle.number("kept"))
      #expect(try Double(oracle.layout.keptCount(second)) == oracle.number("kept2"))
    }
  }

  /// A pruning call with what it rests on: statistics of the network as it was, for convolutions,
  /// and with the new convolution masks, for dense layers.
  private struct Call {
    let mask: Mask
    let network: Network
    let statistics: [PruningRule.Half: ActivityStatistics]
    let rule: PruningRule
  }

  private func prune(_ oracle: OracleContent, weights: String, mask: Mask) throws -> Call {
    let rule = PruningRule(
      criterion: ActivityCriterion(), alphaConvolution: try oracle.number("alpha_conv"),
      alphaDense: try oracle.number("alpha_fc"), compatibility: .reference)
    let old = try oracle.network(weights).compacted(to: mask)
    var network = old
    var statistics: [PruningRule.Half: ActivityStatistics] = [:]
    for half in rule.halves(oracle.layout) {
      let replica = Replica(
        network, batch: 128,
        optimizer: OptimizerSettings(kind: .sgd, weightDecay: 0, momentum: 0),
        communicator: SingleProcess())
      let measured = try replica.observe(oracle.selection(), for: rule, half)
      statistics[half] = measured.activities
      let outcome = rule.decide(
        half, ScoredNetwork(network, measured, iteration: 1, seed: 7))
      if case .pruned(let mask) = outcome {
        network = network.compacted(to: mask)
      } else {
        Issue.record("\(outcome)")
      }
    }
    return Call(mask: network.mask, network: old, statistics: statistics, rule: rule)
  }

  /// Masks must be equal but in units whose threshold hangs on rounding.
  private func compare(
    _ call: Call, _ expected: Mask, _ oracle: OracleContent, call number: Int
  ) throws {
    var close = 0
    for (index, group) in oracle.layout.groups.enumerated() where group.kind != .batchNorm {
      for unit in 0..<group.units {
        let row = group.index(unit: unit, input: 0)
        let differing = (row..<row + group.connectionsPerUnit).filter {
          call.mask[$0] != expected[$0]
        }
        if differing.isEmpty { continue }
        if hangsOnRounding(call, index, unit: unit) {
          close += 1
        } else {
          Issue.record(
            "call \(number), \(group.name), unit \(unit): connections \(differing.map { $0 - row })"
          )
        }
      }
    }
    if close > 0 { print("\(oracle.path), call \(number): \(close) units hang on rounding") }
  }

  private func hangsOnRounding(_ call: Call, _ index: Int, unit: Int) -> Bool {
    let group = call.network.layout.groups[index]
    guard group.isCounted else { return false }
    let half: PruningRule.Half = group.kind == .dense ? .denseLayers : .convolutions
    guard let statistics = call.statistics[half] else { return false }
    let scores = ActivityCriterion().scores(
      of: unit, group: index, in: ScoredNetwork(call.network, Observations(activities: statistics)))
    return hangsOnRounding(
      scores, alpha: half == .denseLayers ? call.rule.alphaDense : call.rule.alphaConvolution)
  }

  /// Whether a running sum lies within 1e-5·Σ of α·Σ, or two scores at the threshold differ by less
  /// than 1e-5 of themselves.
  private func hangsOnRounding(_ scores: [Double], alpha: Double) -> Bool {
    let sum = scores.reduce(0, +)
    var running = 0.0
    let atLimit = scores.sorted(by: >).contains { score in
      running += score
      return abs(running - alpha * sum) < 1e-5 * sum
    }
    let threshold = Importance.threshold(scores, alpha: alpha)
    let ties = scores.count { $0 != threshold && abs($0 - threshold) < 1e-5 * threshold }
    return atLimit || ties > 0
  }
}
