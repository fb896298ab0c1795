import Datasets
import Networks
import Pruning
import Storage

extension Recipe {
  /// One key of a recipe: how it is read and written, what it may be, and what it means.
  package struct Key: Sendable {
    /// Table and key, joined by a dot.
    package let name: String
    /// What it is about.
    package let role: Role
    /// Whether runs of earlier versions, that do not name it, did what its default says.
    package let isLater: Bool
    /// What it means, in a few words.
    let meaning: String
    /// What the value must be, for messages.
    let kind: String
    /// The value in a recipe.
    package let get: @Sendable (Recipe) -> ConfigurationValue
    /// False where the value has the wrong kind.
    let set: @Sendable (inout Recipe, ConfigurationValue) -> Bool
    /// Why the value in a recipe will not do; nil where it does.
    let refusal: @Sendable (Recipe) -> String?
  }

  /// What a key is about.
  package enum Role: Sendable {
    /// What the run comes to.
    case result
    /// Where its images are; which they are is told by their hash.
    case place
    /// How it looks after itself.
    case care
  }

  /// Every key there is, in the order of the README. A new one is a row here and a value in
  /// `Recipe`.
  package static let keys: [Key] = [
    key(
      "network.name", \.network.name, in: .named(KnownNetwork.all.map(\.name)),
      "lenet300-100, lenet5, vgg11/13/16/19, vgg-like, resnet20/32/44/56/110, resnet18/34/50, wide-resnet-16-4, wide-resnet-22-2, wide-resnet-28-10"
    ),
    key(
      "network.dropout", \.network.dropout, in: .belowOne,
      "wide-resnets': features dropped between a block's convolutions",
      isLater: true),
    key(
      "data.name", \.data.name, in: .named(DataFormat.all.map(\.name)),
      "or mnist, cifar10, cifar100, tiny-imagenet"),
    key(
      "data.path", \.data.path,
      "the folder with its files; empty: where its Debian package puts them", .place),
    key(
      "data.cache", \.data.cache,
      "folder for decoded images; empty: relief-dist in the user's cache folder", .place),
    key(
      "data.augment", \.data.augment,
      "training images moved by up to 4 pixels and mirrored at random"),
    key(
      "data.limit", \.data.limit, in: .atLeast(0, "all"),
      "that many training images drawn by seed, 0 = all"),
    key("data.validation", \.data.validation, in: .atLeast(0), "taken from the training images"),
    key("training.epochs", \.training.epochs, in: .between(1...65_535), "of the unpruned network"),
    key(
      "training.batch", \.training.batch, in: .between(1...1_048_576),
      "images of a step over all ranks"),
    key("training.optimizer", \.training.optimizer, "or adamw, sgd"),
    key("training.learning_rate", \.training.learningRate, in: .positive, "after warm-up"),
    key(
      "training.weight_decay", \.training.weightDecay, in: .notNegative,
      "on all parameters, as in PyTorch: L2, with adamw decoupled"),
    key("training.momentum", \.training.momentum, in: .belowOne, "SGD's"),
    key(
      "training.nesterov", \.training.nesterov, "SGD's: looks ahead along the velocity",
      isLater: true),
    key(
      "training.schedule", \.training.schedule,
      "or cosine: falls by step, to 0 where training or retraining ends; without milestones",
      isLater: true),
    key(
      "training.milestones", \.training.milestones,
      "epochs at which the rate is multiplied by gamma"),
    key("training.gamma", \.training.gamma, in: .positive, ""),
    key(
      "training.warmup_epochs", \.training.warmupEpochs, in: .between(0...65_535), "of linear rise"),
    key(
      "training.label_smoothing", \.training.labelSmoothing, in: .belowOne,
      "share of an image's label spread over all classes", isLater: true),
    key(
      "training.clip_norm", \.training.clipNorm, in: .notNegative,
      "the largest norm of a step's gradient, which is scaled down to it; 0 = any",
      isLater: true),
    key(
      "training.initialisation", \.training.initialisation,
      "or kaiming-uniform, xavier: what weights are drawn from", isLater: true),
    key("training.seed", \.training.seed, "of everything that is random"),
    key(
      "training.batch_norm", \.training.batchNorm,
      "or local: over each rank's own images; bits depend on ranks"),
    key(
      "training.kernels", \.training.engine,
      "or openblas: full matrices by OpenBLAS, for comparison"),
    key(
      "pruning.criterion", \.pruning.criterion, in: .named(Criteria.all.map(\.name)),
      "or magnitude, random, taylor"),
    key(
      "pruning.count", \.pruning.count,
      "as many of each layer as activity keeps; or own: each unit's share alpha of the criterion's own scores",
      isLater: true),
    key(
      "pruning.iterations", \.pruning.iterations, in: .between(0...65_535), "how often it is pruned"
    ),
    key(
      "pruning.retrain_epochs", \.pruning.retrainEpochs, in: .between(1...65_535),
      "after each pruning"),
    key("pruning.retrain_milestones", \.pruning.retrainMilestones, "those of these epochs"),
    key(
      "pruning.alpha_conv", \.pruning.alphaConv, in: .share,
      "share of a filter's importance that is kept"),
    key(
      "pruning.alpha_dense", \.pruning.alphaDense, in: .share,
      "share of a neuron's importance that is kept"),
    key(
      "pruning.dead_below", \.pruning.deadBelow, in: .belowOne,
      "a unit up to this share of its layer's mean activity is dead, with 0 one that is never active",
      isLater: true),
    key("pruning.samples", \.pruning.samples, in: .atLeast(1), "images of the pruning set"),
    key("pruning.rewind", \.pruning.rewind, "survivors go back to their initial values"),
    key(
      "pruning.compat", \.pruning.compat,
      "or reference: data unshuffled, best epoch picked on the test set, masked shortcuts added while convolutions are measured, the stem left alone"
    ),
    key(
      "pruning.tolerance", \.pruning.tolerance, in: .fraction,
      "the result is the last iteration that loses no more validation accuracy"),
    key(
      "checkpoint.steps", \.checkpoint.steps, in: .atLeast(0, "not by steps"),
      "one every so many steps, 0 = not by steps", .care),
    key(
      "checkpoint.epochs", \.checkpoint.epochs, in: .atLeast(0, "not by epochs"),
      "one every so many epochs and after each pruning iteration, 0 = none", .care),
    key("checkpoint.keep", \.checkpoint.keep, in: .atLeast(1), "the newest that stay", .care),
    key(
      "safety.stall_seconds", \.safety.stallSeconds, in: .between(1...1_000_000),
      "ranks wait so long before they ask after the others, and then for an answer", .care),
    key(
      "safety.audit_steps", \.safety.auditSteps,
      in: .atLeast(0, "only at pruning iterations and checkpoints"),
      "an audit every so many steps, 0 = only at pruning iterations and checkpoints", .care),
    key(
      "safety.on_nonfinite", \.safety.onNonfinite,
      "or rollback: to the start of the epoch, and on with half the learning rate", .care),
    key(
      "safety.rollbacks", \.safety.rollbacks, in: .between(0...Recipe.Safety.mostRollbacks),
      "at most so many in a run", .care),
  ]

  private static func key<Value: ConfigurationConvertible>(
    _ name: String, _ path: WritableKeyPath<Recipe, Value> & Sendable,
    in allowed: AllowedValues<Value> = .any, _ meaning: String, _ role: Role = .result,
    isLater: Bool = false
  ) -> Key {
    Key(
      name: name, role: role, isLater: isLater, meaning: meaning,
      kind: allowed.names.isEmpty
        ? Value.kind
        : "one of " + allowed.names.map { "\"\($0)\"" }.joined(separator: ", "),
      get: { $0[keyPath: path].configurationValue },
      set: { recipe, value in
        guard let value = Value(value) else { return false }
        recipe[keyPath: path] = value
        return true
      },
      refusal: { recipe in
        let value = recipe[keyPath: path]
        guard !allowed.contain(value) else { return nil }
        guard !allowed.names.isEmpty else {
          return "\(name) is \(value); it must be \(allowed.words)"
        }
        let known = allowed.names.joined(separator: ", ")
        return
          "\(name): unknown \"\(value)\"\(suggestion("\(value)", allowed.names)); known are \(known)"
      })
  }
}
