import Communication
import Networks
import Pruning
import Tensors
import Testing
import Training

extension OracleTests {
  @Test("Masks are the paper's implementation's", arguments: OracleFile.all("pruning"))
  func pruning(_ file: OracleFile) throws {
    let oracle = try file.open()
    let first = try prune(oracle, weights: "weights.", mask: Mask(count: oracle.layout.count))
    try compare(first, try oracle.mask("masks."), oracle, call: 1)
    #expect(try Double(oracle.mask("masks.").keptCount) == oracle.number("kept"))
    let second = try prune(oracle, weights: "weights2.", mask: try oracle.mask("masks."))
    try compare(second, try oracle.mask("masks2."), oracle, call: 2)
    #expect(try Double(oracle.mask("masks2.").keptCount) == oracle.number("kept2"))
  }

  /// A pruning call with the scores it rests on.
  private struct Call {
    let mask: Mask
    let network: Network
    let statistics: ActivityStatistics
    let alpha: Double
  }

  private func prune(_ oracle: OracleContent, weights: String, mask: Mask) throws -> Call {
    let all = Mask(count: mask.count)
    let network = Network(
      oracle.architecture, mask: mask,
      parameters: Network.compact(try oracle.parameters(weights), from: all, to: mask),
      kernels: KernelSet.available[0])
    let replica = Replica(
      network, batch: 128,
      optimizer: OptimizerSettings(kind: .sgd, weightDecay: 0, momentum: 0),
      communicator: SingleProcess())
    let statistics = try replica.activity(on: oracle.selection())
    let alpha = try oracle.number("alpha_fc")
    let rule = PruningRule(criterion: .activity, alphaDense: alpha, seed: 0)
    let outcome = rule(network, statistics: statistics, iteration: 1)
    guard case .pruned(let pruned) = outcome else {
      Issue.record("\(outcome)")
      return Call(mask: mask, network: network, statistics: statistics, alpha: alpha)
    }
    return Call(mask: pruned, network: network, statistics: statistics, alpha: alpha)
  }

  /// Masks must be equal but in neurons whose threshold hangs on rounding.
  private func compare(
    _ call: Call, _ expected: Mask, _ oracle: OracleContent, call number: Int
  ) throws {
    var close = 0
    for (group, activities) in zip(oracle.layout.groups, call.statistics.inputs) {
      for unit in 0..<group.units {
        let row = group.index(unit: unit, input: 0)
        let differing = (row..<row + group.connectionsPerUnit).filter {
          call.mask[$0] != expected[$0]
        }
        if differing.isEmpty { continue }
        let scores = Importance.scores(
          weights: call.network.fullParameters[row..<row + group.connectionsPerUnit],
          activities: activities)
        if hangsOnRounding(scores, alpha: call.alpha) {
          close += 1
        } else {
          Issue.record("call \(number), \(group.name), unit \(unit): connections \(differing)")
        }
      }
    }
    if close > 0 { print("\(oracle.path), call \(number): \(close) neurons hang on rounding") }
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
