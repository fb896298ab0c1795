import Foundation
import Storage
import TestSupport
import Testing
import Training

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
