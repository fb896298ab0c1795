import Datasets
import Foundation
import Outcomes
import Planning
import Recipes
import Tensors
import Testing

@Suite struct PlanTests {
  private static let grey = DatasetSize(
    name: "mnist", classes: 10, shape: FeatureShape(channels: 1, height: 28, width: 28),
    training: 500, test: 100)

  private static func recipe(iterations: Int = 0) -> Recipe {
    var recipe = Recipe()
    recipe.name = "small"
    recipe.data.name = "mnist"
    recipe.data.validation = 20
    (recipe.training.epochs, recipe.training.batch) = (3, 32)
    (recipe.pruning.iterations, recipe.pruning.retrainEpochs) = (iterations, 2)
    recipe.pruning.samples = 40
    return recipe
  }

  @Test("a plan adds up")
  func addsUp() throws {
    let cluster = try Cluster(ranks: 2, cores: 1)
    let plan = try Forecast(
      Self.recipe(iterations: 1), Self.grey, on: cluster, densityPerIteration: 0.5,
      kernels: KernelSet.available[0]
    ).result()
    #expect((plan.trainingImages, plan.validationImages, plan.testImages) == (480, 20, 100))
    #expect((plan.blocks, plan.total, plan.parameters) == (2, 266_610, 266_610))
    #expect(plan.scaling.map(\.ranks) == [1, 2])
    #expect(plan.scaling.map(\.blocks) == [2, 1])
    #expect(plan.scaling.map(\.efficiency).first == 1)
    #expect(plan.phases.map(\.density) == [1, 0.5])
    #expect(plan.phases.map(\.epochs) == [3, 2])
    // 15 full batches: gradients and parameters once each, then a loss and a count of correct
    // answers a step and rank.
    let epoch = 15 * 2 * 4 * 266_610 + 2 * 15 * 2 * 8
    #expect(plan.phases[0].bytesSent == 3 * epoch)
    #expect(plan.seconds > plan.phases.reduce(0) { $0 + $1.seconds })
    #expect(plan.phases.allSatisfy { $0.seconds == Double($0.epochs) * $0.epochSeconds })
    let parts = plan.memory
    #expect(
      parts.total == parts.parameters + parts.gradients + parts.optimizer + parts.maps + parts.lists
        + parts.pruning + parts.images + parts.process)
    // Parameters, their initial values and the best epoch's; Adam's two moments of one half.
    #expect(parts.parameters == 3 * 4 * 266_610)
    #expect(parts.optimizer == 4 * 266_610)
    #expect(plan.nodeMemory == 2 * parts.total)
  }

  @Test("a plan says where the batch has no work for cores")
  func idleCores() throws {
    let plan = try Forecast(
      Self.recipe(), Self.grey, on: Cluster(ranks: 2, cores: 12),
      kernels: KernelSet.available[0]
    ).result()
    #expect(plan.assumptions.contains { $0.contains("10 of its 12 cores have no lane block") })
  }

  @Test("recipes, data and ranks must fit together")
  func refuses() throws {
    func plan(_ recipe: Recipe, ranks: Int, density: Double = 0.8) throws {
      _ = try Forecast(
        recipe, Self.grey, on: Cluster(ranks: ranks), densityPerIteration: density,
        kernels: KernelSet.available[0])
    }
    var colour = Self.recipe()
    colour.network.name = "resnet20"
    var greedy = Self.recipe()
    greedy.data.validation = 500
    #expect(throws: ConfigurationError.self) { try plan(Self.recipe(), ranks: 3) }
    #expect(throws: ConfigurationError.self) { try plan(colour, ranks: 1) }
    #expect(throws: ConfigurationError.self) { try plan(greedy, ranks: 1) }
    #expect(throws: ConfigurationError.self) { try plan(Self.recipe(), ranks: 1, density: 0) }
    #expect(throws: ConfigurationError.self) { try Cluster(ranks: 0) }
    #expect(throws: ConfigurationError.self) { try Cluster(ranks: 4, ranksPerNode: 2) }
  }

  @Test("threads wait for each other, and for nobody who failed")
  func sideBySide() throws {
    let order = try ConcurrentRanks.run(3) { index, line in
      for _ in 0..<100 { line.wait() }
      return index
    }
    #expect(order == [0, 1, 2])
    #expect(throws: ConfigurationError.self) {
      try ConcurrentRanks.run(3) { index, line in
        if index == 1 { throw ConfigurationError(place: "", reason: "") }
        line.wait()
      }
    }
  }
}
