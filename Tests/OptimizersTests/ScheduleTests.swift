import Optimizers
import Testing

@Suite struct ScheduleTests {
  private func schedule(
    _ milestones: [Int], gamma: Double = 0.1, warmup: Int = 0, steps: Int = 4
  ) -> Schedule {
    Schedule(
      learningRate: 0.1, decay: .multistep(milestones: milestones, gamma: gamma),
      warmupEpochs: warmup, stepsPerEpoch: steps)
  }

  @Test("the rate falls at the start of each milestone, not before, and stays")
  func milestones() {
    let schedule = schedule([2, 5])
    for (epoch, rate) in [(0, 0.1), (1, 0.1), (2, 0.01), (4, 0.01), (5, 0.001), (99, 0.001)] {
      for step in 0..<4 {
        #expect(abs(schedule.rate(epoch: epoch, step: step) - rate) < 1e-15, "epoch \(epoch)")
      }
    }
  }

  /// PyTorch's `MultiStepLR` has lr · γ ^ bisect_right(sorted milestones, epoch); a milestone that
  /// is named twice counts twice, and one at 0 counts from the start.
  @Test(
    "rates are those of PyTorch's MultiStepLR",
    arguments: [
      ([], [0.1, 0.1, 0.1, 0.1]), ([0], [0.05, 0.05, 0.05, 0.05]), ([3], [0.1, 0.1, 0.1, 0.05]),
      ([2, 1], [0.1, 0.05, 0.025, 0.025]), ([1, 1], [0.1, 0.025, 0.025, 0.025]),
      ([4, 100], [0.1, 0.1, 0.1, 0.1]),
    ])
  func multiStep(_ milestones: [Int], _ rates: [Double]) {
    let schedule = schedule(milestones, gamma: 0.5)
    for (epoch, rate) in rates.enumerated() {
      #expect(abs(schedule.rate(epoch: epoch, step: 3) - rate) < 1e-15, "epoch \(epoch)")
    }
  }

  @Test("without warm-up the first step has the whole rate")
  func noWarmup() { #expect(schedule([]).rate(epoch: 0, step: 0) == 0.1) }

  @Test("warm-up rises by the same amount every step, and its last step has the whole rate")
  func warmup() {
    let schedule = schedule([], warmup: 2)
    for epoch in 0..<2 {
      for step in 0..<4 {
        let expected = 0.1 * Double(epoch * 4 + step + 1) / 8
        #expect(abs(schedule.rate(epoch: epoch, step: step) - expected) < 1e-15)
      }
    }
    #expect(schedule.rate(epoch: 1, step: 3) == 0.1)
    #expect(schedule.rate(epoch: 2, step: 0) == 0.1)
  }

  @Test("a milestone within warm-up lowers what it rises to")
  func milestoneInWarmup() {
    let schedule = schedule([1], gamma: 0.5, warmup: 2)
    #expect(abs(schedule.rate(epoch: 0, step: 3) - 0.05) < 1e-15)
    #expect(abs(schedule.rate(epoch: 1, step: 3) - 0.05) < 1e-15)
  }
  private func cosine(epochs: Int, warmup: Int = 0, steps: Int = 4) -> Schedule {
    Schedule(
      learningRate: 0.1, decay: .cosine(epochs: epochs), warmupEpochs: warmup, stepsPerEpoch: steps)
  }

  /// ½ (1 + cos πt/T) is 1, ¾ + …, ½, and sin²(π/2T) one step before it would be 0.
  @Test("a cosine begins with the whole rate, has half of it in the middle, and ends near 0")
  func cosineByHand() {
    let schedule = cosine(epochs: 3)
    let rates = (0..<3).flatMap { epoch in (0..<4).map { schedule.rate(epoch: epoch, step: $0) } }
    #expect(rates[0] == 0.1)
    for (step, share) in [(4, 0.75), (6, 0.5), (8, 0.25)] {
      #expect(abs(rates[step] - 0.1 * share) < 1e-16, "step \(step)")
    }
    #expect(abs(rates[11] - 0.1 * 0.017037086855465844) < 1e-16)
    #expect(zip(rates, rates.dropFirst()).allSatisfy(>))
  }

  @Test("a cosine falls over the steps that its warm-up leaves")
  func cosineAfterWarmup() {
    let schedule = cosine(epochs: 5, warmup: 2)
    #expect(abs(schedule.rate(epoch: 0, step: 0) - 0.1 / 8) < 1e-17)
    #expect(schedule.rate(epoch: 1, step: 3) == 0.1)
    for epoch in 2..<5 {
      for step in 0..<4 {
        #expect(
          schedule.rate(epoch: epoch, step: step)
            == cosine(epochs: 3).rate(epoch: epoch - 2, step: step))
      }
    }
  }

  @Test("all epochs may be warm-up")
  func cosineOfWarmupAlone() {
    #expect(cosine(epochs: 2, warmup: 2).rate(epoch: 1, step: 3) == 0.1)
    #expect(abs(cosine(epochs: 1, warmup: 2).rate(epoch: 0, step: 3) - 0.05) < 1e-16)
  }
}
