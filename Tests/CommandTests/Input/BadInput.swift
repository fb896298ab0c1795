import Foundation
import Outcomes
import TestSupport
import Testing

/// Something a user gets wrong, and what relief-dist says to it.
struct BadInput: CustomTestStringConvertible {
  let testDescription: String
  /// The exit code of the contract.
  let code: ExitCode
  /// What the error names.
  let words: [String]
  /// Flags for a run that is right but for them; what is wrong with files is done to them here.
  let arguments: @Sendable (SmallRun) throws -> [String]

  init(
    _ description: String, _ code: ExitCode, _ words: String...,
    arguments: @escaping @Sendable (SmallRun) throws -> [String]
  ) {
    self.init(testDescription: description, code: code, words: words, arguments: arguments)
  }

  init(
    testDescription: String, code: ExitCode, words: [String],
    arguments: @escaping @Sendable (SmallRun) throws -> [String]
  ) {
    self.testDescription = testDescription
    self.code = code
    self.words = words
    self.arguments = arguments
  }

  /// A run with one setting that is wrong.
  init(setting: String, _ words: String...) {
    self.testDescription = setting
    self.code = .badConfiguration
    self.words = words
    self.arguments = { run in run.flags([setting]) }
  }

  /// A run with a file of its images replaced.
  init(file: String, _ description: String, _ reason: String, bytes: [UInt8]) {
    self.testDescription = description
    self.code = .badDataFile
    self.words = [file, reason]
    self.arguments = { run in
      try Data(bytes).write(to: URL(fileURLWithPath: "\(run.data)/\(file)"))
      return run.flags()
    }
  }
}

extension BadInput {
  static let settings = [
    BadInput(setting: "training.batch=0", "training.batch is 0", "1 to 1048576"),
    BadInput(setting: "training.batch=many", "training.batch", "whole number"),
    BadInput(setting: "training.bach=120", "unknown key", "did you mean training.batch?"),
    BadInput(setting: "training.learning_rate=-1", "training.learning_rate", "above 0"),
    BadInput(setting: "training.optimizer=lion", "training.optimizer", "\"adam\"", "\"sgd\""),
    BadInput(setting: "training.milestones=[1, 2.5]", "training.milestones", "whole numbers"),
    BadInput(setting: "pruning.alpha_dense=0", "pruning.alpha_dense", "in (0, 1]"),
    BadInput(setting: "pruning.alpha_dense=1.5", "pruning.alpha_dense", "in (0, 1]"),
    BadInput(setting: "pruning.alpha_dense=nan", "pruning.alpha_dense", "in (0, 1]"),
    BadInput(setting: "data.validation=60", "data.validation", "60"),
    BadInput(setting: "safety.stall_seconds=0", "safety.stall_seconds is 0", "1 to 1000000"),
    BadInput(setting: "safety.stall_seconds=-5", "safety.stall_seconds is -5", "1 to 1000000"),
    BadInput(setting: "safety.stall_seconds=soon", "safety.stall_seconds", "whole number"),
    BadInput(setting: "data.name=mnits", "data.name", "did you mean mnist?"),
    BadInput(setting: "network.name=lenet301-100", "did you mean lenet300-100?"),
    BadInput(setting: "data", "--set data", "section.key=value"),
    BadInput(setting: "training.\u{1B}[31m\nbatch=1", "training.\\u{1B}[31m\\u{0A}batch"),
    BadInput(setting: "data.path=~nobody/images", "~nobody/images", "only ~/ is known"),
  ]

  static let files = [
    BadInput(
      file: "train-images-idx3-ubyte", "labels where images should be", "at byte 0",
      bytes: IDXBytes.file(axes: [60], elements: [UInt8](repeating: 0, count: 60))),
    BadInput(
      file: "t10k-images-idx3-ubyte", "images cut off", "bytes are missing",
      bytes: IDXBytes.file(axes: [20, 28, 28], elements: [1, 2, 3])),
    BadInput(
      file: "train-images-idx3-ubyte", "more images than can be", "announces",
      bytes: IDXBytes.file(axes: [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], elements: [])),
    BadInput(file: "train-labels-idx1-ubyte", "an empty file", "bytes are missing", bytes: []),
    BadInput(
      file: "train-labels-idx1-ubyte", "too few labels", "59 labels for 60 images",
      bytes: IDXBytes.file(axes: [59], elements: [UInt8](repeating: 0, count: 59))),
    BadInput(
      file: "t10k-labels-idx1-ubyte", "a class that is none", "label 10 of image 19",
      bytes: IDXBytes.file(axes: [20], elements: [UInt8](repeating: 9, count: 19) + [10])),
    BadInput(
      file: "train-labels-idx1-ubyte.gz", "a gzip file that is none", "gzip",
      bytes: IDXBytes.file(axes: [60], elements: [UInt8](repeating: 0, count: 60))),
    BadInput("no folder of images", .missingInput, "/nowhere", "data.path") {
      $0.flags(["data.path=/nowhere"])
    },
    BadInput("no file of labels", .missingInput, "t10k-labels-idx1-ubyte", "not found") { run in
      try FileManager.default.removeItem(atPath: "\(run.data)/t10k-labels-idx1-ubyte")
      return run.flags()
    },
    BadInput("no place for MNIST", .missingInput, "mnist", "data.path") {
      $0.flags(["data.path=\"\""])
    },
  ]

  static let recipes = [
    BadInput("unknown recipe", .badConfiguration, "did you mean lenet300-mnist?") {
      $0.flags() + ["--recipe", "lenet300-mnits"]
    },
    BadInput("no recipe file", .missingInput, "/nowhere/recipe.toml", "not found") {
      $0.flags() + ["--recipe", "/nowhere/recipe.toml"]
    },
    BadInput("unknown key in a recipe", .badConfiguration, "recipe.toml:3", "training.epochs?") {
      try $0.flags(recipe: "# A comment.\n[training]\nepoch = 2\n")
    },
    BadInput("broken recipe", .badConfiguration, "recipe.toml:2") {
      try $0.flags(recipe: "[training]\nepochs = = 2\n")
    },
    BadInput("recipe without a quick table", .badConfiguration, "recipe.toml", "[quick]") {
      try $0.flags(recipe: "[training]\nepochs = 2\n") + ["--quick"]
    },
    BadInput("recipe based on itself", .badConfiguration, "recipe.toml:1", "leads back") {
      try $0.flags(recipe: "base = \"recipe\"\n")
    },
    BadInput("recipe based on nothing", .badConfiguration, "recipe.toml:1", "nothing.toml") {
      try $0.flags(recipe: "base = \"nothing\"\n")
    },
  ]

  static let outputs = [
    BadInput("output below a file", .inputOutput, "Not a directory") { run in
      run.flags() + ["--output", "\(run.data)/train-labels-idx1-ubyte/run"]
    },
    BadInput("full disk", .inputOutput, "metrics.jsonl", "No space left on device") { run in
      try FileManager.default.createDirectory(
        atPath: run.folder, withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: "\(run.folder)/metrics.jsonl", withDestinationPath: "/dev/full")
      return run.flags()
    },
    BadInput("a recipe of the user's in the output", .badConfiguration, "recipe.toml", "no run") {
      run in
      try FileManager.default.createDirectory(
        atPath: run.folder, withIntermediateDirectories: true)
      try Data("[training]".utf8).write(to: URL(fileURLWithPath: "\(run.folder)/recipe.toml"))
      return run.flags() + ["--recipe", "\(run.folder)/recipe.toml"]
    },
    BadInput("somebody else's home", .badConfiguration, "--output", "~nobody/run") {
      $0.flags() + ["--output", "~nobody/run"]
    },
    BadInput("bench with no folder for its trace", .inputOutput, "/none/t", "No such file") {
      ["bench", "--network", "resnet18", "--trace", "\($0.data)/none/t"]
    },
    BadInput("loss that is not finite", .notFinite, "training.learning_rate") {
      $0.flags(["training.learning_rate=1e30", "training.epochs=3"])
    },
    BadInput("bench of no density", .badConfiguration, "--density", "(0, 1]") { _ in
      ["bench", "--density", "0"]
    },
    BadInput("bench of no batch", .badConfiguration, "batch is 0") { _ in
      ["bench", "--batch", "0"]
    },
    BadInput("bench of no network", .badConfiguration, "lenet300\"", "lenet300-100") { _ in
      ["bench", "--network", "lenet300"]
    },
  ]
}

extension SmallRun {
  /// The flags of the run with a recipe of its own.
  fileprivate func flags(recipe: String) throws -> [String] {
    let path = "\(data)/recipe.toml"
    try Data(recipe.utf8).write(to: URL(fileURLWithPath: path))
    return flags() + ["--recipe", path]
  }
}
