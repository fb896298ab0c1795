import Outcomes
import Storage
import Testing

@Suite struct RecipeMistakeTests {
  @Test(
    "an unknown key is refused with its line and what was meant",
    arguments: [
      (
        "[training]\nepochs = 3\nlearning_rat = 1", 3, "training.learning_rat",
        "training.learning_rate"
      ),
      ("[training]\n\nepoch = 3", 3, "training.epoch", "training.epochs"),
      ("[prunning]\nsamples = 3", 2, "prunning.samples", "pruning.samples"),
      ("[quick]\ntraining.bach = 3", 2, "training.bach", "training.batch"),
    ])
  func unknownKey(_ text: String, _ line: Int, _ key: String, _ meant: String) throws {
    let message = try RecipeFolder.refusal(of: text)
    #expect(message.contains("some.toml:\(line): unknown key \(key); did you mean \(meant)?"))
  }

  @Test("what resembles no key gets no suggestion")
  func strangeKey() throws {
    let message = try RecipeFolder.refusal(of: "[wonderful]\nthings = 1")
    #expect(message.hasSuffix("unknown key wonderful.things"))
  }

  @Test(
    "a value of the wrong kind is refused with its line and the right kind",
    arguments: [
      ("training.epochs = '3'", "training.epochs", "a whole number"),
      ("training.epochs = 3.5", "training.epochs", "a whole number"),
      ("training.milestones = 3", "training.milestones", "a list of whole numbers"),
      ("training.milestones = [1.5]", "training.milestones", "a list of whole numbers"),
      ("training.gamma = 'small'", "training.gamma", "a number"),
      ("training.optimizer = 'adm'", "training.optimizer", "one of \"adam\", \"adamw\", \"sgd\""),
      ("training.schedule = 'linear'", "training.schedule", "\"multistep\", \"cosine\""),
      ("training.nesterov = 1", "training.nesterov", "true or false"),
      (
        "training.initialisation = 'he'", "training.initialisation",
        "\"kaiming\", \"kaiming-uniform\", \"xavier\""
      ),
      ("training.batch_norm = 'global'", "training.batch_norm", "\"synchronised\", \"local\""),
      ("training.kernels = true", "training.kernels", "one of \"lane\", \"openblas\""),
      ("pruning.rewind = 1", "pruning.rewind", "true or false"),
      ("pruning.count = 'all'", "pruning.count", "one of \"activity\", \"own\""),
      ("pruning.criterion = 1", "pruning.criterion", "\"activity\", \"magnitude\", \"random\""),
      ("pruning.compat = 'x'", "pruning.compat", "one of \"paper\", \"reference\""),
      ("data.path = 3", "data.path", "a text"), ("data.cache = 3", "data.cache", "a text"),
    ])
  func wrongKind(_ line: String, _ key: String, _ kind: String) throws {
    let message = try RecipeFolder.refusal(of: "# one line before\n" + line)
    #expect(message.contains("some.toml:2: \(key) is "))
    #expect(message.contains(kind))
  }

  @Test(
    "a value out of range is refused with key, value and range",
    arguments: [
      ("data.limit", "-1", "0 (all) or more"), ("data.validation", "-5", "0 or more"),
      ("training.epochs", "0", "1 to 65535"), ("training.epochs", "65536", "1 to 65535"),
      ("training.batch", "0", "1 to"), ("training.batch", "-120", "1 to"),
      ("training.batch", "\(Int.max)", "1 to"),
      ("training.learning_rate", "0.0", "above 0"), ("training.learning_rate", "-0.1", "above 0"),
      ("training.learning_rate", "inf", "above 0"), ("training.learning_rate", "nan", "above 0"),
      ("training.weight_decay", "-0.1", "0 or more"), ("training.weight_decay", "nan", "0 or more"),
      ("training.momentum", "1.0", "in [0, 1)"), ("training.momentum", "-0.1", "in [0, 1)"),
      ("training.momentum", "nan", "in [0, 1)"), ("training.gamma", "0.0", "above 0"),
      ("network.dropout", "1.0", "in [0, 1)"), ("network.dropout", "-0.1", "in [0, 1)"),
      ("training.label_smoothing", "1.0", "in [0, 1)"),
      ("training.label_smoothing", "nan", "in [0, 1)"),
      ("training.clip_norm", "-1.0", "0 or more"), ("training.clip_norm", "inf", "0 or more"),
      ("training.warmup_epochs", "-1", "0 to 65535"),
      ("training.warmup_epochs", "\(Int.max)", "0 to 65535"),
      ("pruning.iterations", "-1", "0 to 65535"), ("pruning.iterations", "65536", "0 to 65535"),
      ("pruning.retrain_epochs", "0", "1 to 65535"),
      ("pruning.alpha_conv", "0.0", "in (0, 1]"), ("pruning.alpha_conv", "1.5", "in (0, 1]"),
      ("pruning.alpha_dense", "0.0", "in (0, 1]"), ("pruning.alpha_dense", "1.5", "in (0, 1]"),
      ("pruning.alpha_dense", "nan", "in (0, 1]"), ("pruning.samples", "0", "1 or more"),
      ("pruning.dead_below", "1.0", "in [0, 1)"), ("pruning.dead_below", "-0.1", "in [0, 1)"),
      ("pruning.dead_below", "nan", "in [0, 1)"),
      ("pruning.tolerance", "-0.1", "in [0, 1]"), ("pruning.tolerance", "1.1", "in [0, 1]"),
      ("checkpoint.steps", "-1", "0 (not by steps) or more"),
      ("checkpoint.epochs", "-1", "0 (not by epochs) or more"),
      ("checkpoint.keep", "0", "1 or more"),
      ("safety.stall_seconds", "0", "1 to 1000000"),
      ("safety.stall_seconds", "-60", "1 to 1000000"),
    ])
  func outOfRange(_ key: String, _ value: String, _ range: String) throws {
    let message = try RecipeFolder.refusal(of: "\(key) = \(value)")
    #expect(message.contains("some.toml:1: \(key) is \(value); it must be \(range)"))
  }

  @Test(
    "values at the ends of their ranges are taken",
    arguments: [
      "data.limit = 0", "data.validation = 0", "training.epochs = 1", "training.epochs = 65535",
      "training.batch = 1", "training.weight_decay = 0", "training.momentum = 0",
      "training.warmup_epochs = 0", "training.milestones = []", "training.seed = -1",
      "pruning.iterations = 0", "pruning.iterations = 65535", "pruning.alpha_dense = 1",
      "pruning.dead_below = 0",
      "pruning.samples = 1", "pruning.tolerance = 0", "pruning.tolerance = 1",
    ])
  func inRange(_ text: String) throws { _ = try RecipeFolder.load(text) }

  @Test("a value out of range that another takes the place of does not matter")
  func overridden() throws {
    let entries = [-1, 7].map {
      ConfigurationEntry(key: "training.epochs", value: .integer($0), place: "--set")
    }
    #expect(try RecipeFolder.load("training.epochs = 0", overrides: entries).training.epochs == 7)
    _ = try RecipeFolder.load("[quick]\ntraining.epochs = 0")
  }

  @Test("a flag's value out of range is refused, too")
  func flagOutOfRange() throws {
    let entry = ConfigurationEntry(key: "training.batch", value: .integer(0), place: "--set")
    #expect(throws: ConfigurationError.self) { try RecipeFolder.load("", overrides: [entry]) }
  }

  @Test(
    "an unknown name is refused with what was meant and what there is",
    arguments: [
      ("network.name", "lenet300-10", "did you mean lenet300-100?"),
      ("data.name", "fashion-mnst", "did you mean fashion-mnist?"),
      ("data.name", "imagenet", "known are cifar10, cifar100, fashion-mnist, mnist, tiny-imagenet"),
    ])
  func unknownName(_ key: String, _ value: String, _ part: String) throws {
    let message = try RecipeFolder.refusal(of: "\(key) = '\(value)'")
    #expect(message.contains("some.toml:1: \(key): unknown \"\(value)\""))
    #expect(message.contains(part))
  }

  @Test(
    "values that do not go together are refused at the place of the one to change",
    arguments: [
      ("network.dropout = 0.3", "network.dropout is 0.3, but lenet300-100 has no place for it"),
      (
        "training.nesterov = true",
        "training.nesterov is SGD's, and training.optimizer is adam; leave it out, or take sgd"
      ),
      (
        "training.nesterov = true\ntraining.optimizer = 'sgd'\ntraining.momentum = 0.0",
        "training.nesterov looks ahead along the velocity, and training.momentum is 0; raise that"
      ),
    ])
  func misfits(_ text: String, _ reason: String) throws {
    let message = try RecipeFolder.refusal(of: text)
    #expect(message.contains("some.toml:1: \(reason)"), "\(message)")
  }

  @Test("the same values go where they belong")
  func fits() throws {
    let wide = "network = { name = 'wide-resnet-16-4', dropout = 0.3 }"
    #expect(try RecipeFolder.load(wide).network.dropout == 0.3)
    let sgd = "training = { nesterov = true, optimizer = 'sgd' }"
    #expect(try RecipeFolder.load(sgd).optimizer.usesNesterov)
  }

  @Test("a mistake of TOML names file and line")
  func syntax() throws {
    #expect(try RecipeFolder.refusal(of: "[training]\nepochs = ").contains("some.toml:2: "))
  }
}
