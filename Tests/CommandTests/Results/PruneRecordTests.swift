import Reporting
import Runs
import TestSupport
import Testing

extension CommandTests {
  /// What prunings leave on record of layers and inputs, and what `metrics` prints of it.
  @Suite struct PruneRecordTests {
    @Test(arguments: ["activity", "magnitude"])
    func ofDenseLayers(criterion: String) throws {
      let run = try SmallRun()
      #expect(try run(["pruning.criterion=\(criterion)"]).code == 0)
      try expectSound(run)
      for prune in run.prunes {
        let (inputs, first) = (try #require(prune.inputs), try #require(prune.layers?.first))
        let sum = inputs.reduce(0, +)
        #expect(inputs.count == 28 * 28)
        #expect((sum...sum + first.units).contains(first.kept), "biases are of no input")
      }
      try expectTables(run)
    }

    @Test func ofConvolutions() throws {
      let run = try SmallRun(cifarRecipe: "resnet20-cifar10", training: 120)
      #expect(try run(ranks: 2).code == 0)
      try expectSound(run)
      let layers = try #require(run.prunes.first?.layers)
      #expect(layers.count == 20 && run.prunes.first?.inputs == nil)
    }

    /// Layers add up to the network, and what went by reason to what went.
    private func expectSound(_ run: SmallRun) throws {
      var before: [Int]?
      for prune in run.prunes {
        let layers = try #require(prune.layers)
        #expect(layers.map(\.kept).reduce(0, +) == prune.kept)
        #expect(layers.map(\.total).reduce(0, +) == prune.total)
        for (layer, before) in zip(layers, before ?? layers.map(\.total)) {
          let removed = layer.removed
          let all = removed.importance + removed.dead + removed.unread + removed.residual
          #expect(layer.kept == before - all, "\(layer.name) of iteration \(prune.iteration)")
          #expect(layer.units <= layer.unitsTotal && (layer.kept == 0) == (layer.units == 0))
          let weights = try #require(layer.weights)
          #expect(weights.count == before, "\(layer.name) of iteration \(prune.iteration)")
          #expect(try #require(layer.importance).count <= before)
        }
        #expect(layers.contains { $0.removed.importance > 0 })
        before = layers.map(\.kept)
      }
      #expect(before != nil)
    }

    private func expectTables(_ run: SmallRun) throws {
      let (layers, ranks) = (run.prunes.count * 3, 2 + 2 * 2)
      for (rows, lines) in [("records", run.records.count), ("layers", layers), ("ranks", ranks)] {
        let outcome = try Shell.run([
          "\(Shell.products)/relief-dist", "metrics", run.folder, "--csv", "--rows", rows,
        ])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        let table = outcome.output.split(separator: "\n").map {
          $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(table.count == lines + 1 && Set(table.map(\.count)).count == 1, "\(rows)")
        if rows == "layers" {
          let kept = try #require(table[0].firstIndex(of: "kept"))
          let sum = table.dropFirst().prefix(3).compactMap { Int($0[kept]) }.reduce(0, +)
          #expect(sum == run.prunes.first?.kept)
        }
      }
      let missing = try Shell.run(["\(Shell.products)/relief-dist", "metrics", run.data])
      #expect(missing.code == 66 && missing.errors.contains("metrics.jsonl: not found"))
    }
  }
}
