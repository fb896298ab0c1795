import Networks
import Pruning
import Tensors
import Testing

/// The rules for residual blocks, with α = 0.9 where nothing else is said: a side is taken where
/// its norm is below a ninth of the other's.
@Suite struct ResidualRuleTests {
  private func rule(
    _ criterion: any Criterion = ActivityCriterion(), alpha: Double = 0.9,
    _ compatibility: PruningRule.Compatibility = .paper
  ) -> PruningRule {
    PruningRule(
      criterion: criterion, alphaConvolution: alpha, alphaDense: alpha,
      compatibility: compatibility)
  }

  /// The mask after a half.
  private func mask(
    _ small: ResidualNetwork, _ rule: PruningRule, _ half: PruningRule.Half = .convolutions,
    body: [Double], shortcut: [Double]
  ) throws -> Mask {
    let outcome = rule.decide(
      half,
      ScoredNetwork(
        small.network,
        Observations(activities: small.statistics(body: body, shortcut: shortcut)), iteration: 1,
        seed: 7))
    return try #require(outcome.mask, "\(outcome)")
  }

  @Test("the weaker side of a sum goes, and neither where they are alike")
  func balance() throws {
    let small = ResidualNetwork()
    let mask = try mask(small, rule(alpha: 0.9), body: [1, 1], shortcut: [10, 8])
    // 1/10 is below 1/9, 1/8 is not.
    #expect(!mask[small.place("block.conv2", unit: 0)])
    #expect(!mask[small.place("block.bn2", unit: 0)])
    #expect(mask[small.place("block.bn2", unit: 1)])
    let other = try self.mask(small, rule(), body: [10, 8], shortcut: [1, 1])
    #expect(!other[small.place("block.shortcut", unit: 0)])
    #expect(other[small.place("block.shortcut", unit: 1)])
  }

  @Test("an emptied body is no end while the shortcut carries the image")
  func emptiedBody() throws {
    var small = ResidualNetwork()
    small.mask = try mask(small, rule(), body: [1, 1], shortcut: [100, 100])
    for unit in 0..<2 {
      for input in 0..<2 {
        #expect(!small.mask[small.place("block.conv2", unit: unit, input: input)])
      }
      #expect(small.mask[small.place("block.shortcut", unit: unit)])
    }
    // What fed the body is unread from now on.
    let clean = try mask(
      small, rule(alpha: 1), .denseLayers, body: [0, 0], shortcut: [1, 1])
    for unit in 0..<2 { #expect(!clean[small.place("block.bn1", unit: unit)]) }
  }

  @Test("pruning ends where nothing of the image would come to the logits")
  func cutOff() {
    var small = ResidualNetwork()
    for unit in 0..<2 { small.mask[small.place("block.shortcut", unit: unit)] = false }
    // The shortcut counts as it would add, masked or not.
    let statistics = small.statistics(body: [1, 1], shortcut: [100, 100])
    #expect(
      rule().decide(
        .convolutions,
        ScoredNetwork(small.network, Observations(activities: statistics), iteration: 2, seed: 7))
        == .disconnects(layer: "block.conv2"))
  }

  @Test("α = 1 takes dead and unread units, and shortcuts that add nothing")
  func wholeImportance() throws {
    var small = ResidualNetwork()
    small.set("block.conv1", unit: 0, 1e-9)
    let untouched = try mask(small, rule(alpha: 1), body: [1e-9, 1], shortcut: [1, 1e-9])
    #expect(untouched == small.mask)
    let without = try mask(small, rule(alpha: 1), body: [1, 1], shortcut: [0, 1])
    var expected = small.mask
    expected[small.place("block.shortcut", unit: 0)] = false
    #expect(without == expected)
    #expect(
      try mask(small, rule(alpha: 1), .denseLayers, body: [1, 1], shortcut: [1, 1]) == small.mask)
    for unit in 0..<2 {
      small.mask[small.place("block.conv2", unit: unit, input: 1)] = false
    }
    let clean = try mask(small, rule(alpha: 1), .denseLayers, body: [1, 1], shortcut: [1, 1])
    #expect(!clean[small.place("block.conv1", unit: 1)])
    #expect(!clean[small.place("block.bn1", unit: 1)])
  }

  @Test("0/0 takes nothing")
  func nothingOnEitherSide() throws {
    let small = ResidualNetwork()
    let mask = try mask(small, rule(alpha: 1), body: [0, 1], shortcut: [0, 1])
    #expect(mask == small.mask)
  }

  /// The first filter of each layer has the larger kernels; activity keeps one kernel of each
  /// filter.
  @Test("what magnitude leaves empty loses its batch norm, and nothing else does")
  func ownChoice() throws {
    var small = ResidualNetwork()
    for group in ["stem", "block.conv1", "block.conv2"] {
      small.set(group, unit: 0, input: 0, 900)
      small.set(group, unit: 0, input: 1, 800)
    }
    let mask = try mask(small, rule(MagnitudeCriterion()), body: [1, 1], shortcut: [1, 1])
    let byActivity = try self.mask(small, rule(), body: [1, 1], shortcut: [1, 1])
    for group in ["stem", "block.conv1", "block.conv2"] {
      let norm = group.replacing("conv", with: "bn") + (group == "stem" ? ".bn" : "")
      var kept = 0
      for unit in 0..<2 {
        let kernels = (0..<2).filter { mask[small.place(group, unit: unit, input: $0)] }
        #expect(mask[small.place(norm, unit: unit)] == !kernels.isEmpty, "\(norm), \(unit)")
        kept += kernels.count
      }
      let expected = (0..<2).flatMap { unit in
        (0..<2).map { byActivity[small.place(group, unit: unit, input: $0)] }
      }
      #expect(kept == expected.count { $0 }, "\(group)")
    }
  }

  @Test("only the reference adds masked shortcuts while it judges convolutions")
  func statisticsMode() {
    #expect(rule().statisticsMode(.convolutions) == .evaluation)
    #expect(rule().statisticsMode(.denseLayers) == .evaluation)
    #expect(
      rule(ActivityCriterion(), alpha: 0.9, .reference).statisticsMode(.convolutions)
        == .observation)
    #expect(
      rule(ActivityCriterion(), alpha: 0.9, .reference).statisticsMode(.denseLayers) == .evaluation)
  }
}
