import Foundation
import Outcomes
import Recipes
import Runs
import Storage
import TestSupport
import Testing

@Suite struct RunDirectoryTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/runs/some" }

  init() throws { folder = try TemporaryFolder() }

  @Test("the folder and its parents are made, and everything has its place in it")
  func paths() throws {
    let directory = try RunDirectory(path)
    #expect(directory.path == path)
    #expect(directory.recipe == path + "/recipe.toml")
    #expect(directory.description == path + "/run.json")
    #expect(directory.metrics == path + "/metrics.jsonl")
    #expect(directory.iteration(12) == path + "/iterations/12.safetensors")
    #expect(directory.final == path + "/final.safetensors")
    var isFolder: ObjCBool = false
    #expect(FileManager.default.fileExists(atPath: path + "/iterations", isDirectory: &isFolder))
    #expect(isFolder.boolValue)
  }

  @Test("a folder that a job holds is in use; let go, it opens again with what it holds")
  func inUse() throws {
    var directory: RunDirectory? = try RunDirectory(path)
    try OutputFile.replace(path + "/recipe.toml", with: [1])
    let error = try #require(throws: FileError.self) { try RunDirectory(path) }
    guard case .inUse = error else {
      Issue.record("\(error)")
      return
    }
    #expect(error.exitCode.rawValue == 74)
    #expect(error.description.contains(path) && error.description.contains("--output"))
    withExtendedLifetime(directory) {}
    directory = nil
    let recipe = try RunDirectory(path).recipe
    #expect(FileManager.default.contents(atPath: recipe) == Data([1]))
  }

  @Test("a folder with files of somebody else is refused, and stays as it was")
  func strangers() throws {
    try folder.write([1], to: "recipe.toml")
    let error = try #require(throws: ConfigurationError.self) { try RunDirectory(folder.path) }
    #expect(error.description.hasPrefix("\(folder.path): holds files but no run (recipe.toml); "))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["recipe.toml"])
    for name in ["a", "b", "metrics.jsonl", "z"] { try folder.write([1], to: name) }
    let longer = try #require(throws: ConfigurationError.self) {
      try RunDirectory.requireUsable(folder.path)
    }
    #expect(longer.description.contains("(a, b, recipe.toml and 1 more)"), "\(longer)")
  }

  @Test("what a run leaves that was cut short is a run's, and so is all that lies beside a run")
  func remains() throws {
    let run = try TemporaryFolder()
    try run.write([], to: ".hidden")
    try RunDirectory.requireUsable(run.path)
    var directory: RunDirectory? = try RunDirectory(run.path)
    for name in ["metrics.jsonl", "recipe.toml", "run.json.partial"] {
      try run.write([1], to: name)
    }
    withExtendedLifetime(directory) {}
    directory = nil
    try RunDirectory.requireUsable(run.path)
    try run.write([1], to: "notes.txt")
    #expect(throws: ConfigurationError.self) { try RunDirectory.requireUsable(run.path) }
    try run.write(Array(Self.earlierDescription.utf8), to: "run.json")
    try RunDirectory.requireUsable(run.path)
  }

  @Test("networks of later iterations go, and with them the chosen one; other files stay")
  func cutting() throws {
    let directory = try RunDirectory(path)
    let names = [
      "0.safetensors", "1.safetensors", "12.safetensors", "2.safetensors.partial", "a.txt",
    ]
    for name in names { try OutputFile.replace("\(path)/iterations/\(name)", with: [1]) }
    try OutputFile.replace(directory.final, with: [1])
    try directory.cutNetworks(after: 1)
    let left = try Folder.names(in: path + "/iterations").sorted()
    #expect(left == ["0.safetensors", "1.safetensors", "a.txt"])
    #expect(!FileManager.default.fileExists(atPath: directory.final))
    try directory.cutNetworks(after: -1)
    #expect(try Folder.names(in: path + "/iterations") == ["a.txt"])
  }

  /// A description as earlier versions wrote it.
  private static let earlierDescription = """
    {"blas_core":"Zen","command":["relief-dist"],"data":"synthetic","data_sha256":"abc",
    "flushes_subnormals":true,"kernel_set":"avx2","processor":"?","recipe":"some","started":"then",
    "test_images":1,"training_images":2,"version":"0.0.9","world_size":3}
    """

  @Test("a run of an earlier version is known by its recipe, its version and its data")
  func earlierRun() throws {
    let directory = try RunDirectory(path)
    var recipe = Recipe()
    recipe.training.batchNorm = .local
    try OutputFile.replace(directory.recipe, with: Array(recipe.text.utf8))
    try OutputFile.replace(directory.description, with: Array(Self.earlierDescription.utf8))
    let earlier = try RunDirectory.identity(of: path)
    recipe.training.seed = 1
    let error = try #require(throws: ConfigurationError.self) {
      try RunIdentity(recipe, data: "xyz", worldSize: 2).require(earlier, at: path)
    }
    for words in [
      "\(path): belongs to another run: data (SHA-256) is xyz, it was abc; number of ranks",
      "is 2, it was 3", "training.seed is 1, it was 0",
      "version of results is \(RunIdentity.resultVersion), it was 1", "--resume never",
    ] { #expect(error.description.contains(words), "\(error)") }
    // Nothing is said of data that are not known.
    recipe.training.seed = 0
    let unknown = try #require(throws: ConfigurationError.self) {
      try RunIdentity(recipe, data: nil, worldSize: 3).require(earlier, at: path)
    }
    #expect(unknown.description.contains("belongs to another run: version of results is "))
  }

  @Test("the default folder is named after the recipe and eight digits of its hash")
  func defaultPath() throws {
    var recipe = Recipe()
    recipe.name = "lenet300-fashion"
    let path = try RunDirectory.defaultPath(recipe)
    #expect(path.wholeMatch(of: /runs\/lenet300-fashion-[0-9a-f]{8}/) != nil, "\(path)")
    #expect(try RunDirectory.defaultPath(recipe) == path)
  }

  @Test("the default folder is another one for any other recipe")
  func otherRecipe() throws {
    let changes: [(inout Recipe) -> Void] = [
      { _ in }, { $0.training.seed = 1 }, { $0.training.epochs = 61 }, { $0.data.limit = 1 },
      { $0.pruning.alphaDense = 0.94 }, { $0.pruning.rewind = false },
      { $0.pruning.retrainMilestones = [] }, { $0.training.optimizer = .sgd },
      { $0.data.path = "/elsewhere" }, { $0.name = "other" },
    ]
    // How a run looks after itself makes it no other run.
    var careful = Recipe()
    careful.checkpoint = Recipe.Checkpoint(steps: 5, epochs: 2, keep: 1)
    #expect(try RunDirectory.defaultPath(careful) == RunDirectory.defaultPath(Recipe()))
    let paths = try changes.map { change in
      var recipe = Recipe()
      change(&recipe)
      return try RunDirectory.defaultPath(recipe)
    }
    #expect(Set(paths).count == changes.count)
  }

  @Test("a folder that cannot be made is the system's refusal, with path and reason")
  func refused() throws {
    let file = try folder.write([1], to: "file")
    for (path, reason) in [
      (file, "File exists"), (file + "/inner", "Not a directory"),
      ("/proc/none", "No such file or directory"),
    ] {
      let error = try #require(throws: FileError.self) { try RunDirectory(path) }
      #expect(error.exitCode == .inputOutput)
      #expect(error.description.hasPrefix(path))
      #expect(error.description.contains(reason), "\(error)")
    }
    #expect(FileManager.default.contents(atPath: file) == Data([1]))
  }
}
