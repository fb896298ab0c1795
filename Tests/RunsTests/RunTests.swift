import Communication
import Datasets
import Networks
import Pruning
import Runs
import Tensors
import Testing
import Training

@Suite struct RunTests {
  @Test("A run trains, then prunes and retrains, and tests once at the end")
  func order() throws {
    let run = SyntheticRun()
    let end = try run(SyntheticRun.recipe, on: SyntheticRun.dataset())
    let events = run.records.map { record in
      switch record {
      case .epoch(let epoch): "\(epoch.phase) \(epoch.iteration).\(epoch.epoch)"
      case .prune(let prune): "prune \(prune.iteration)"
      case .iteration(let iteration): "iteration \(iteration.iteration)"
      case .rollback(let rollback): "rollback \(rollback.rollbacks)"
      case .end: "end"
      }
    }
    #expect(
      events == [
        "train 0.1", "train 0.2", "train 0.3", "iteration 0",
        "prune 1", "retrain 1.1", "retrain 1.2", "iteration 1",
        "prune 2", "retrain 2.1", "retrain 2.2", "iteration 2",
        "prune 3", "retrain 3.1", "retrain 3.2", "iteration 3", "end",
      ])
    #expect(run.networks.map(\.parameters.count) == run.iterations.map(\.kept))
    #expect(end.stopped == nil && end.total == 266_610)
  }

  @Test("Every pruning iteration keeps a subset of the last one, rewound to its initial values")
  func masks() throws {
    let run = SyntheticRun()
    var recipe = SyntheticRun.recipe
    // A rate that changes no float leaves a phase with the weights it began with.
    recipe.training.learningRate = 1e-30
    _ = try run(recipe, on: SyntheticRun.dataset())
    try #require(run.networks.count == 4)
    let initial = Network.initialParameters(run.networks[0].architecture, seed: 0)
    for (old, new) in zip(run.networks, run.networks.dropFirst()) {
      #expect(new.mask.isSubset(of: old.mask) && new.mask != old.mask)
      for (position, connection) in new.mask.keptIndices.enumerated() {
        #expect(new.parameters[position] == initial[connection])
      }
    }
  }

  @Test("Without rewinding survivors go on from their trained values")
  func noRewind() throws {
    let run = SyntheticRun()
    var recipe = SyntheticRun.recipe
    recipe.pruning.rewind = false
    recipe.pruning.iterations = 1
    _ = try run(recipe, on: SyntheticRun.dataset())
    let rewound = SyntheticRun()
    recipe.pruning.rewind = true
    _ = try rewound(recipe, on: SyntheticRun.dataset())
    #expect(run.networks[1].mask == rewound.networks[1].mask)
    #expect(run.epochs[3].loss < rewound.epochs[3].loss)
  }

  @Test("The weights that leave a phase are those of its best validation epoch, the first on ties")
  func bestEpoch() throws {
    let run = SyntheticRun()
    var recipe = SyntheticRun.recipe
    recipe.training.epochs = 6
    recipe.training.learningRate = 0.02
    recipe.pruning.iterations = 0
    let dataset = try SyntheticRun.dataset()
    _ = try run(recipe, on: dataset)
    let accuracies = run.epochs.compactMap(\.validationAccuracy)
    let best = try #require(accuracies.max())
    #expect(run.iterations[0].validationAccuracy == best)
    let replica = Replica(
      run.networks[0], batch: 120, optimizer: recipe.optimizer, communicator: SingleProcess())
    let images = try RunImages(dataset, recipe: recipe)
    let validated = try replica.evaluate(#require(images.validation))
    #expect(validated.accuracy == best)
    // The same epochs, cut off at the best, end with the same weights.
    recipe.training.epochs = try #require(accuracies.firstIndex(of: best)) + 1
    let short = SyntheticRun()
    _ = try short(recipe, on: dataset)
    #expect(short.networks[0].fullParameters == run.networks[0].fullParameters)
  }

  @Test("The result is the last iteration within the tolerance")
  func tolerance() throws {
    for tolerance in [0, 0.02, 1] {
      var recipe = SyntheticRun.recipe
      recipe.pruning.tolerance = tolerance
      recipe.pruning.alphaDense = 0.8
      let run = SyntheticRun()
      let end = try run(recipe, on: SyntheticRun.dataset())
      let accuracies = run.iterations.compactMap(\.validationAccuracy)
      let expected = accuracies.lastIndex { $0 >= accuracies[0] - tolerance }
      #expect(end.iteration == expected)
      #expect(end.kept == run.networks[end.iteration].parameters.count)
      #expect(run.final?.mask == run.networks[end.iteration].mask)
    }
  }

  @Test("Without validation images the last epoch's weights and the last iteration count")
  func noValidation() throws {
    var recipe = SyntheticRun.recipe
    recipe.data.validation = 0
    let run = SyntheticRun()
    let end = try run(recipe, on: SyntheticRun.dataset())
    #expect(run.epochs.map(\.validationAccuracy) == [Double?](repeating: nil, count: 9))
    #expect(end.iteration == recipe.pruning.iterations)
  }

  @Test("A layer that would lose its last weight ends the pruning; the network before it is kept")
  func disconnects() throws {
    // Black images: no weight of the first layer has any importance.
    let black = ImageSet(
      shape: FeatureShape(channels: 1, height: 28, width: 28),
      pixels: [UInt8](repeating: 0, count: 700 * 784), labels: (0..<700).map { $0 % 10 })
    let dataset = try Dataset(name: "black", classes: 10, training: black, test: black)
    let run = SyntheticRun()
    let end = try run(SyntheticRun.recipe, on: dataset)
    let stopped = try #require(end.stopped)
    #expect(run.notices == [stopped])
    #expect(stopped.contains("classifier.0"))
    #expect(run.networks.count == 1 && end.iteration == 0)
    #expect(run.final?.mask == run.networks[0].mask)
  }

  @Test("A loss that is not finite ends the run with code 80")
  func notFinite() throws {
    var recipe = SyntheticRun.recipe
    recipe.training.optimizer = .sgd
    recipe.training.learningRate = 1e20
    let error = #expect(throws: NotFiniteError.self) {
      try SyntheticRun()(recipe, on: SyntheticRun.dataset())
    }
    #expect(error?.exitCode == .notFinite)
  }

  @Test("The reference picks the best epoch on the test set")
  func referenceEpoch() throws {
    var recipe = SyntheticRun.recipe
    recipe.pruning.compat = .reference
    recipe.pruning.iterations = 0
    let run = SyntheticRun()
    let end = try run(recipe, on: SyntheticRun.dataset())
    #expect(run.iterations[0].validationAccuracy == end.testAccuracy)
  }

  /// While no weight changes, the losses of a batch tell which images it holds.
  @Test(
    "The reference takes the data in its own order, epoch by epoch; else each has its own",
    arguments: PruningRule.Compatibility.allCases)
  func order(of compat: PruningRule.Compatibility) throws {
    var recipe = SyntheticRun.recipe
    recipe.pruning.compat = compat
    recipe.pruning.iterations = 0
    recipe.training.learningRate = 1e-30
    let dataset = try SyntheticRun.dataset()
    let run = SyntheticRun()
    _ = try run(recipe, on: dataset)
    // 600 images in batches of 120, three times.
    try #require(run.losses.count == 15)
    let epochs = [0, 5, 10].map { run.losses[$0] }
    #expect(Set(epochs).count == (compat == .reference ? 1 : 3))
    let replica = Replica(
      run.networks[0], batch: 120, optimizer: recipe.optimizer, communicator: SingleProcess())
    let images = try RunImages(dataset, recipe: recipe).training
    let first = try replica.evaluate(
      Subset(images.images, order: Array(images.order.prefix(120))))
    #expect((abs(first.loss - epochs[0]) < 1e-6) == (compat == .reference))
  }
}
