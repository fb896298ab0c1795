import Networks
import Pruning
import Tensors
import TestSupport
import Testing

@Suite struct PruningRuleTests {
  private static let architecture = Architecture(
    name: "small", input: FeatureShape(channels: 3), classes: 2,
    layers: [.dense("a", neurons: 3), .rectifier, .dense("b", neurons: 2)])

  private func network(_ parameters: [Float]) -> Network {
    Network(
      Self.architecture, mask: Mask(count: parameters.count),
      parameters: FloatBuffer(parameters), kernels: KernelSet.available[0])
  }

  /// Observations with these mean activities of inputs and hidden neurons.
  private func observed(
    _ network: Network, _ totals: [Double], sensitivities: [Double]? = nil
  ) -> Observations {
    Observations(
      activities: ActivityStatistics(totals: totals, of: network.graph, samples: 1),
      sensitivities: sensitivities.map { Sensitivities(totals: $0, of: network) })
  }

  private func kept(_ outcome: PruningRule.Outcome) throws -> [Bool] {
    let mask = try #require(outcome.mask, "\(outcome)")
    return (0..<mask.count).map { mask[$0] }
  }

  private func rule(
    _ criterion: any Criterion = ActivityCriterion(),
    count: PruningRule.Count = .activity, alpha: Double = 0.9
  ) -> PruningRule {
    PruningRule(
      criterion: criterion, count: count, alphaConvolution: alpha, alphaDense: alpha)
  }

  /// Rows of three inputs and a bias, then rows of three hidden neurons and a bias.
  private let parameters: [Float] = [
    9, 1, 0, 0,
    1, 9, 9, 0,
    2, 1, 8, 0,
    5, 4, 1, 0,
    3, 5, 1, 0,
  ]

  @Test("Small scores of each neuron go, ties and all")
  func thresholds() throws {
    let network = network(parameters)
    let mask = try kept(
      rule().decide(
        .denseLayers,
        ScoredNetwork(network, observed(network, [1, 1, 1, 1, 1, 1]), iteration: 1, seed: 7)))
    // Scores 9 1 0 0: 9 reaches 0.9 · 10, so all up to 1 go. 1 9 9 0: 9, 18 > 17.1, so p = 1 and 1
    // goes. 2 1 8 0: 8, 10 > 9.9 is false, 8 and 10 … p = 1, so t = 1.
    #expect(
      Array(mask[0..<12]) == [
        true, false, false, false,
        false, true, true, false,
        true, false, true, false,
      ])
  }

  @Test(
    "A neuron whose mean activation is 0 loses its incoming connections and outgoing ones score 0")
  func deadUnits() throws {
    let network = network(parameters)
    let mask = try kept(
      rule().decide(
        .denseLayers,
        ScoredNetwork(network, observed(network, [1, 1, 1, 0, 1, 1]), iteration: 1, seed: 7)))
    #expect(mask[0..<4].allSatisfy { !$0 })
    #expect(!mask[12] && !mask[16])
  }

  @Test("A neuron that nothing reads loses its incoming connections")
  func cleanUp() throws {
    // Both outputs see the third neuron with weights far below the others.
    var weights = parameters
    (weights[14], weights[18]) = (1e-6, 1e-6)
    let network = network(weights)
    let mask = try kept(
      rule().decide(
        .denseLayers,
        ScoredNetwork(network, observed(network, [1, 1, 1, 1, 1, 1]), iteration: 1, seed: 7)))
    #expect(mask[8..<12].allSatisfy { !$0 })
  }

  /// A random network and its masks by activity and by `criterion`.
  ///
  /// Some draws leave a layer without connections, which has a test of its own: they are passed by.
  private func connected(
    _ criterion: any Criterion, using random: inout SeededRandom
  ) -> (network: Network, byActivity: Mask, byCriterion: Mask)? {
    for _ in 0..<100 {
      let network = network((0..<20).map { _ in Float.random(in: -1...1, using: &random) })
      let scored = ScoredNetwork(
        network,
        observed(
          network, (0..<6).map { _ in Double.random(in: 0.1...1, using: &random) },
          sensitivities: (0..<20).map { _ in Double.random(in: -1...1, using: &random) }),
        iteration: 1, seed: 7)
      let (byActivity, byCriterion) = (
        rule(alpha: 0.8).decide(.denseLayers, scored).mask,
        rule(criterion, alpha: 0.8).decide(.denseLayers, scored).mask
      )
      if let byActivity, let byCriterion { return (network, byActivity, byCriterion) }
    }
    return nil
  }

  @Test(
    "Other criteria keep as many of each layer as activity",
    arguments: ["magnitude", "random", "taylor"])
  func sameCounts(_ criterion: String) throws {
    let seed = SeededRandom.printedSeed()
    var random = SeededRandom(seed: seed)
    let other = try #require(Criteria.named(criterion))
    let (network, expected, mask) = try #require(connected(other, using: &random), "seed \(seed)")
    // A hidden neuron that nothing feeds or nothing reads loses everything, large weights included.
    let (first, second) = (network.layout.groups[0], network.layout.groups[1])
    let idle = (0..<first.units).filter { unit in
      !(0..<4).contains { mask[first.index(unit: unit, input: $0)] }
        || !(0..<2).contains { mask[second.index(unit: $0, input: unit)] }
    }
    let lost = Set(
      idle.flatMap { unit in
        (0..<4).map { first.index(unit: unit, input: $0) }
          + (0..<2).map { second.index(unit: $0, input: unit) }
      })
    for group in network.layout.groups {
      let left = group.range.filter { !lost.contains($0) }.count
      #expect(
        mask.keptCount(in: group.range) == min(expected.keptCount(in: group.range), left),
        "seed \(seed)")
    }
    guard criterion == "magnitude" else { return }
    for group in network.layout.groups {
      let weights = network.fullParameters
      let free = group.range.filter { !lost.contains($0) }
      let smallestKept = free.filter { mask[$0] }.map { abs(weights[$0]) }.min() ?? 0
      let largestGone = free.filter { !mask[$0] }.map { abs(weights[$0]) }.max() ?? 0
      #expect(smallestKept >= largestGone, "seed \(seed)")
    }
  }

  @Test("With a count of its own, a criterion's share of each neuron stays, whatever activity says")
  func ownCount() throws {
    let network = network(parameters)
    // The first input is hardly ever active, the third much.
    let scored = ScoredNetwork(
      network,
      observed(
        network, [0.01, 1, 50, 1, 1, 1], sensitivities: parameters.map { -Double($0) }))
    // As in `thresholds`: the scores are those of activities of 1.
    let expected = [
      true, false, false, false,
      false, true, true, false,
      true, false, true, false,
    ]
    for criterion in [MagnitudeCriterion(), TaylorCriterion()] as [any Criterion] {
      let own = try kept(rule(criterion, count: .own).decide(.denseLayers, scored))
      #expect(Array(own[0..<12]) == expected, "\(criterion.name)")
      let shared = try kept(rule(criterion).decide(.denseLayers, scored))
      #expect(Array(shared[0..<12]) != expected, "\(criterion.name)")
    }
    let byActivity = rule().decide(.denseLayers, scored)
    #expect(rule(count: .own).decide(.denseLayers, scored) == byActivity)
  }

  @Test("Every connected neuron loses at least one connection, and masks only shrink")
  func shrinks() throws {
    let seed = SeededRandom.printedSeed()
    var random = SeededRandom(seed: seed)
    var network = network((0..<20).map { _ in Float.random(in: -1...1, using: &random) })
    for iteration in 1...5 {
      let observed = observed(
        network, (0..<6).map { _ in Double.random(in: 0.1...1, using: &random) })
      let outcome = rule(alpha: 0.99).decide(
        .denseLayers, ScoredNetwork(network, observed, iteration: iteration, seed: 7))
      let mask = try #require(outcome.mask, "iteration \(iteration), \(outcome), seed \(seed)")
      #expect(mask.isSubset(of: network.mask))
      #expect(iteration > 1 || mask.keptCount <= network.mask.keptCount - 5)
      network = network.compacted(to: mask)
    }
  }

  @Test("Pruning stops where the logits would no longer depend on the image")
  func disconnects() {
    // The output layer's biases outweigh its weights by far.
    var weights = parameters
    for index in [12, 13, 14, 16, 17, 18] { weights[index] = 1e-6 }
    (weights[15], weights[19]) = (1, 1)
    let network = network(weights)
    let outcome = rule().decide(
      .denseLayers,
      ScoredNetwork(network, observed(network, [1, 1, 1, 1, 1, 1]), iteration: 1, seed: 7))
    #expect(outcome == .disconnects(layer: "a") || outcome == .disconnects(layer: "b"))
  }
}
