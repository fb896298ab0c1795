import Networks
import Optimizers
import Pruning
import Storage

extension Recipe {
  /// One key of a recipe: how it is read and written.
  package struct Key: Sendable {
    package let name: String
    package let role: Role
    package let get: @Sendable (Recipe) -> ConfigurationValue
    /// False where the value has the wrong kind.
    let set: @Sendable (inout Recipe, ConfigurationValue) -> Bool
    /// What the value must be, for messages.
    let kind: String
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

  /// Every key there is, in the order of the contract.
  package static let keys: [Key] = [
    key("network.name", \.network.name),
    key("data.name", \.data.name),
    key("data.path", \.data.path, .place),
    key("data.cache", \.data.cache, .place),
    key("data.augment", \.data.augment),
    key("data.limit", \.data.limit),
    key("data.validation", \.data.validation),
    key("training.epochs", \.training.epochs),
    key("training.batch", \.training.batch),
    key("training.optimizer", \.training.optimizer),
    key("training.learning_rate", \.training.learningRate),
    key("training.weight_decay", \.training.weightDecay),
    key("training.momentum", \.training.momentum),
    key("training.milestones", \.training.milestones),
    key("training.gamma", \.training.gamma),
    key("training.warmup_epochs", \.training.warmupEpochs),
    key("training.seed", \.training.seed),
    key("training.batch_norm", \.training.batchNorm),
    key("training.kernels", \.training.kernels),
    key("pruning.criterion", \.pruning.criterion),
    key("pruning.iterations", \.pruning.iterations),
    key("pruning.retrain_epochs", \.pruning.retrainEpochs),
    key("pruning.retrain_milestones", \.pruning.retrainMilestones),
    key("pruning.alpha_conv", \.pruning.alphaConv),
    key("pruning.alpha_dense", \.pruning.alphaDense),
    key("pruning.samples", \.pruning.samples),
    key("pruning.rewind", \.pruning.rewind),
    key("pruning.compat", \.pruning.compat),
    key("pruning.tolerance", \.pruning.tolerance),
    key("checkpoint.steps", \.checkpoint.steps, .care),
    key("checkpoint.epochs", \.checkpoint.epochs, .care),
    key("checkpoint.keep", \.checkpoint.keep, .care),
    key("safety.stall_seconds", \.safety.stallSeconds, .care),
    key("safety.audit_steps", \.safety.auditSteps, .care),
    key("safety.on_nonfinite", \.safety.onNonfinite, .care),
    key("safety.rollbacks", \.safety.rollbacks, .care),
  ]

  private static func key<Value: ConfigurationConvertible>(
    _ name: String, _ path: WritableKeyPath<Recipe, Value> & Sendable, _ role: Role = .result
  ) -> Key {
    Key(
      name: name, role: role, get: { $0[keyPath: path].configurationValue },
      set: { recipe, value in
        guard let value = Value(value) else { return false }
        recipe[keyPath: path] = value
        return true
      }, kind: Value.kind)
  }
}

/// A type that recipes can hold.
protocol ConfigurationConvertible: SendableMetatype {
  static var kind: String { get }
  var configurationValue: ConfigurationValue { get }
  init?(_ value: ConfigurationValue)
}

extension String: ConfigurationConvertible {
  static let kind = "a text"
  var configurationValue: ConfigurationValue { .text(self) }
  init?(_ value: ConfigurationValue) {
    guard case .text(let text) = value else { return nil }
    self = text
  }
}

extension Int: ConfigurationConvertible {
  static let kind = "a whole number"
  var configurationValue: ConfigurationValue { .integer(self) }
  init?(_ value: ConfigurationValue) {
    guard case .integer(let number) = value else { return nil }
    self = number
  }
}

extension Double: ConfigurationConvertible {
  static let kind = "a number"
  var configurationValue: ConfigurationValue { .number(self) }
  init?(_ value: ConfigurationValue) {
    switch value {
    case .number(let number): self = number
    case .integer(let number): self = Double(number)
    default: return nil
    }
  }
}

extension Bool: ConfigurationConvertible {
  static let kind = "true or false"
  var configurationValue: ConfigurationValue { .truth(self) }
  init?(_ value: ConfigurationValue) {
    guard case .truth(let truth) = value else { return nil }
    self = truth
  }
}

extension [Int]: ConfigurationConvertible {
  static let kind = "a list of whole numbers"
  var configurationValue: ConfigurationValue { .list(map { .integer($0) }) }
  init?(_ value: ConfigurationValue) {
    guard case .list(let values) = value else { return nil }
    let numbers = values.compactMap { Int($0) }
    guard numbers.count == values.count else { return nil }
    self = numbers
  }
}

extension ConfigurationConvertible where Self: RawRepresentable<String> & CaseIterable {
  static var kind: String {
    "one of " + allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
  }
  var configurationValue: ConfigurationValue { .text(rawValue) }
  init?(_ value: ConfigurationValue) {
    guard case .text(let text) = value else { return nil }
    self.init(rawValue: text)
  }
}

extension OptimizerSettings.Kind: ConfigurationConvertible {}
extension BatchNormScope: ConfigurationConvertible {}
extension Recipe.Safety.Response: ConfigurationConvertible {}
extension Engine: ConfigurationConvertible {}
extension PruningRule.Criterion: ConfigurationConvertible {}
extension PruningRule.Compatibility: ConfigurationConvertible {}
