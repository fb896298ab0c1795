import Pruning
import Testing

@Suite struct ImportanceTests {
  @Test("A score is weight times activity; the bias sees activity 1")
  func scores() {
    let scores = Importance.scores(weights: [-2, 3, -0.5], activities: [0.25, 0])
    #expect(scores == [0.5, 0, 0.5])
  }

  @Test(
    "The threshold is the score after those whose running sums stay below α·Σ",
    arguments: [
      // Sorted 4 3 2 1, Σ = 10. α = 0.75: sums 4, 7 are below 7.5, so p = 2 and the fourth is it.
      (scores: [1.0, 4, 2, 3], alpha: 0.75, threshold: 1.0),
      // α = 0.3: none is below 3, the second is it: only the largest survives.
      (scores: [1.0, 4, 2, 3], alpha: 0.3, threshold: 3.0),
      // α = 1: 4, 7, 9 are below 10, but the last score is as far as it goes.
      (scores: [1.0, 4, 2, 3], alpha: 1, threshold: 1.0),
      // A running sum that equals α·Σ is not below it: 5 of 10, so the second is it.
      (scores: [2.0, 5, 0, 3], alpha: 0.5, threshold: 3.0),
      // Equal scores have equal sums on whichever side of it: 4 is below 8, 8 is not.
      (scores: [4.0, 4, 4, 4], alpha: 0.5, threshold: 4.0),
      // One connection: nothing is after it.
      (scores: [5.0], alpha: 0.5, threshold: 5.0),
      // All pruned before.
      (scores: [0.0, 0, 0], alpha: 0.9, threshold: 0.0),
    ])
  func threshold(_ example: (scores: [Double], alpha: Double, threshold: Double)) {
    #expect(Importance.threshold(example.scores, alpha: example.alpha) == example.threshold)
  }

  @Test("Connections pruned before stay in the sum's count: scores of 0 move the threshold")
  func prunedConnectionsCount() {
    // Sorted 2 1 0 0, Σ = 3, α = 0.9: only 2 is below 2.7, so the third, 0, is the threshold.
    #expect(Importance.threshold([0, 1, 0, 2], alpha: 0.9) == 0)
    // Without them it would be the last score.
    #expect(Importance.threshold([1, 2], alpha: 0.9) == 1)
  }
}
