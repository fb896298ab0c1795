import Foundation
import Networks
import Outcomes
import Pruning
import Recipes
import Storage
import Tensors
import TestSupport
import Testing

@Suite struct RecipeTests {
  private static let shipped = Shell.root + "/launch/recipes"
  private static let names =
    ["lenet300-fashion", "wide-resnet-22-2-cifar10", "resnet50-tiny-imagenet"]
    + twins.flatMap { [$0.name, $0.twin] }

  /// Recipes that differ by their optimizers alone, one named for it.
  private static let twins = [
    ("lenet300-mnist", "sgd"), ("lenet5-mnist", "sgd"), ("vgg-like-cifar10", "sgd"),
    ("vgg-like-cifar100", "sgd"), ("resnet20-cifar10", "adam"), ("resnet20-cifar100", "adam"),
    ("resnet56-cifar10", "sgd"), ("resnet56-cifar100", "sgd"), ("vgg16-tiny-imagenet", "sgd"),
    ("resnet18-tiny-imagenet", "sgd"),
  ].map { (name: $0, twin: "\($0)-\($1)") }

  /// The contract's values, for the keys there are.
  private static let defaults = [
    "network.name = \"lenet300-100\"", "network.dropout = 0.0", "data.name = \"fashion-mnist\"",
    "data.path = \"\"",
    "data.cache = \"\"", "data.augment = false", "data.limit = 0", "data.validation = 5000",
    "training.epochs = 60",
    "training.batch = 120",
    "training.optimizer = \"adam\"", "training.learning_rate = 0.001",
    "training.weight_decay = 0.0005", "training.momentum = 0.9", "training.nesterov = false",
    "training.schedule = \"multistep\"",
    "training.label_smoothing = 0.0", "training.clip_norm = 0.0",
    "training.initialisation = \"kaiming\"", "training.milestones = [30]",
    "training.gamma = 0.1", "training.warmup_epochs = 0", "training.seed = 0",
    "training.batch_norm = \"synchronised\"", "training.kernels = \"lane\"",
    "pruning.criterion = \"activity\"", "pruning.count = \"activity\"", "pruning.iterations = 20",
    "pruning.retrain_epochs = 60", "pruning.retrain_milestones = [30]", "pruning.alpha_conv = 0.9",
    "pruning.alpha_dense = 0.95", "pruning.dead_below = 0.0", "pruning.samples = 1000",
    "pruning.rewind = true",
    "pruning.compat = \"paper\"", "pruning.tolerance = 0.01", "checkpoint.steps = 0",
    "checkpoint.epochs = 1", "checkpoint.keep = 3", "safety.audit_steps = 100",
    "safety.on_nonfinite = \"stop\"", "safety.rollbacks = 3",
    "safety.stall_seconds = 60",
  ]

  @Test("defaults are the contract's")
  func contract() throws {
    let entries = try ConfigurationFile.entries(Recipe().text, path: "recipe.toml")
    #expect(Set(entries.map { "\($0.key) = \($0.value)" }) == Set(Self.defaults))
    #expect(try RecipeFolder.load("").text == Recipe().text)
  }

  @Test("every recipe that is shipped loads, and with its [quick] table", arguments: [false, true])
  func shipped(_ quick: Bool) throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.shipped)
    #expect(files.sorted() == Self.names.map { $0 + ".toml" }.sorted())
    for name in Self.names {
      let recipe = try Recipe.load(name, folder: Self.shipped, quick: quick)
      #expect(recipe.name == name + (quick ? "-quick" : ""))
      #expect(recipe.training.epochs < 60 || !quick)
    }
  }

  @Test("the shipped MNIST recipe is the paper's protocol, and SGD's differs by its optimizer")
  func protocols() throws {
    let adam = try Recipe.load("lenet300-mnist", folder: Self.shipped)
    #expect(adam.data.name == "mnist")
    #expect(adam.training == Recipe().training)
    #expect(adam.pruning == Recipe().pruning)
    let sgd = try Recipe.load("lenet300-mnist-sgd", folder: Self.shipped)
    #expect(sgd.optimizer.kind == .sgd && sgd.optimizer.momentum == 0.9)
    #expect(sgd.pruning == adam.pruning)
    let quick = try Recipe.load("lenet300-fashion", folder: Self.shipped, quick: true)
    #expect(quick.data.name == "fashion-mnist" && quick.data.limit == 11_000)
    #expect(quick.training.epochs == 3 && quick.pruning.iterations == 3)
  }

  @Test("a network's twin differs by its optimizer")
  func optimizers() throws {
    for (name, twin) in Self.twins {
      var first = try Recipe.load(name, folder: Self.shipped)
      let second = try Recipe.load(twin, folder: Self.shipped)
      #expect(first.optimizer.kind != second.optimizer.kind, "\(name)")
      #expect("\(second.optimizer.kind)" == twin.split(separator: "-").last ?? "")
      #expect(first.data.augment == !name.hasPrefix("lenet"), "\(name)")
      first.name = second.name
      first.training.optimizer = second.training.optimizer
      first.training.learningRate = second.training.learningRate
      #expect(first == second, "\(name)")
    }
  }

  @Test("a recipe's name tells its network and its data set, which fit")
  func nameTells() throws {
    let shapes = ["mnist": (1, 28), "cifar10": (3, 32), "cifar100": (3, 32)]
    for (name, _) in Self.twins {
      let recipe = try Recipe.load(name, folder: Self.shipped)
      let network = recipe.network.name.replacing("lenet300-100", with: "lenet300")
      #expect(name == "\(network)-\(recipe.data.name)")
      let (channels, side) = shapes[recipe.data.name] ?? (3, 64)
      let shape = FeatureShape(channels: channels, height: side, width: side)
      #expect(KnownNetwork.named(recipe.network.name)?.takes(shape) == true, "\(name)")
    }
  }

  @Test("a quick recipe shows a whole job on a part of the data: it trains, prunes and retrains")
  func quick() throws {
    for name in Self.names {
      let recipe = try Recipe.load(name, folder: Self.shipped, quick: true)
      #expect(recipe.data.limit > recipe.data.validation, "\(name)")
      #expect((1...4).contains(recipe.training.epochs), "\(name)")
      #expect((1...3).contains(recipe.pruning.iterations), "\(name)")
      #expect((1...3).contains(recipe.pruning.retrainEpochs), "\(name)")
      #expect(recipe.pruning.samples <= recipe.data.limit - recipe.data.validation, "\(name)")
      for (milestones, epochs) in [
        (recipe.training.milestones, recipe.training.epochs),
        (recipe.pruning.retrainMilestones, recipe.pruning.retrainEpochs),
      ] {
        #expect(milestones.allSatisfy { $0 < epochs }, "\(name)")
      }
    }
  }

  @Test("a resolved recipe is read as that recipe", arguments: [nil] + names)
  func text(_ name: String?) throws {
    var recipe = try name.map { try Recipe.load($0, folder: Self.shipped) } ?? Recipe()
    recipe.data.path = "/some \"odd\" folder\\with\ttab"
    recipe.training.learningRate = 0.1 + 0.2
    recipe.training.milestones = []
    var read = try RecipeFolder.load(recipe.text)
    #expect(read.name == "some")
    read.name = recipe.name
    #expect(read == recipe)
  }

  @Test("what a flag sets goes before everything else, the last flag before all")
  func overrides() throws {
    let entries = [("training.epochs", "7"), ("training.epochs", "8"), ("data.path", "/a b")].map {
      ConfigurationEntry(
        key: $0, value: ConfigurationValue(parsing: $1), place: "--set \($0)=\($1)")
    }
    let text = "[training]\nepochs = 5\nbatch = 32\n[quick]\ntraining.epochs = 6"
    let recipe = try RecipeFolder.load(text, quick: true, overrides: entries)
    #expect(recipe.training.epochs == 8)
    #expect(recipe.training.batch == 32)
    #expect(recipe.data.path == "/a b")
  }

  @Test("a flag's mistake names the flag")
  func wrongFlag() throws {
    let entry = ConfigurationEntry(
      key: "training.epoch", value: .integer(1), place: "--set training.epoch=1")
    let error = try #require(throws: ConfigurationError.self) {
      try RecipeFolder.load("", overrides: [entry])
    }
    #expect(error.description.hasPrefix("--set training.epoch=1: "))
    #expect(error.description.contains("did you mean training.epochs?"))
  }

  @Test("numbers without a point are numbers, too")
  func wholeNumber() throws {
    #expect(try RecipeFolder.load("[training]\nlearning_rate = 1").training.learningRate == 1)
  }

  @Test("what decides about units reaches the rule")
  func rule() throws {
    let rule = try RecipeFolder.load("pruning = { dead_below = 0.25, alpha_conv = 0.5 }")
      .pruningRule
    #expect(rule.deadBelow == 0.25 && rule.alphaConvolution == 0.5 && rule.alphaDense == 0.95)
    #expect(Recipe().pruningRule.deadBelow == 0)
  }

  @Test("the optimizer has the recipe's settings")
  func optimizer() throws {
    let recipe = try RecipeFolder.load(
      "training = { optimizer = 'sgd', weight_decay = 0.25, momentum = 0.5 }")
    #expect(recipe.optimizer.kind == .sgd)
    #expect(recipe.optimizer.weightDecay == 0.25)
    #expect(recipe.optimizer.momentum == 0.5)
  }

  @Test(
    "more ranks than lane blocks are refused with both numbers and the remedy",
    arguments: [(9, 120, 8, 129), (2, 16, 1, 17), (2, 1, 1, 17), (100, 1584, 99, 1585)])
  func tooManyRanks(_ ranks: Int, _ batch: Int, _ blocks: Int, _ remedy: Int) throws {
    var recipe = Recipe()
    recipe.training.batch = batch
    let error = try #require(throws: ConfigurationError.self) {
      try recipe.requireBlocks(worldSize: ranks)
    }
    #expect(error.exitCode == .badConfiguration)
    let message = error.description
    for part in [
      "training.batch", "\(ranks) ranks", "batch of \(batch)", "at most \(blocks) ranks",
    ] {
      #expect(message.contains(part), "\(message) lacks \(part)")
    }
    recipe.training.batch = remedy
    try recipe.requireBlocks(worldSize: ranks)
    recipe.training.batch = batch
    try recipe.requireBlocks(worldSize: blocks)
  }
}
