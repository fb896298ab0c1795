import Communication
import Foundation
import Outcomes
import Recipes
import Runs
import Storage
import TestSupport
import Testing

@Suite struct CheckpointFolderTests {
  private let files: TemporaryFolder
  private let folder: CheckpointFolder
  private let checkpoints: [Checkpoint]

  /// Checkpoints after steps 1, 2, 3, 4, 5.
  init() throws {
    files = try TemporaryFolder()
    folder = CheckpointFolder(files.path)
    let run = SyntheticRun()
    _ = try run(Self.recipe, on: SyntheticRun.dataset(training: 200))
    checkpoints = run.checkpoints
  }

  private static var recipe: Recipe {
    var recipe = SyntheticRun.recipe
    recipe.training.epochs = 5
    recipe.training.batch = 300
    recipe.pruning.iterations = 0
    recipe.checkpoint = Recipe.Checkpoint(steps: 1, epochs: 0)
    return recipe
  }

  private var names: [String] { (try? Folder.names(in: files.path).sorted()) ?? [] }

  private func name(_ steps: Int) -> String { "step-0000000\(steps).safetensors" }

  private func write(keep: Int, sparing spared: Int? = nil) throws {
    let writer = try CheckpointWriter(files.path, keep: keep, communicator: SingleProcess())
    for checkpoint in checkpoints {
      try writer.store(checkpoint)
      try writer.tidy(sparing: spared)
    }
  }

  @Test("the newest few are kept, and nothing else")
  func keeps() throws {
    #expect(checkpoints.map(\.steps) == [1, 2, 3, 4, 5])
    try write(keep: 2)
    #expect(names == [name(4), name(5)])
    try write(keep: 3)
    #expect(names == [name(3), name(4), name(5)])
  }

  @Test("the one to go back to is kept, however old it is, and newer ones go when a run does")
  func keepsWhereToGoBack() throws {
    try write(keep: 2, sparing: 2)
    #expect(names == [name(2), name(4), name(5)])
    let writer = try CheckpointWriter(files.path, keep: 2, communicator: SingleProcess())
    let demand = try SyntheticRun.demand(Self.recipe, training: 200)
    #expect(try writer.checkpoint(after: 3, demand) == nil)
    #expect(try writer.checkpoint(after: 2, demand)?.steps == 2)
    // One that is none of the run is as good as none, and nothing is removed for it.
    let other = try SyntheticRun.demand(Self.recipe, training: 300)
    #expect(try writer.checkpoint(after: 2, other) == nil)
    #expect(names == [name(2), name(4), name(5)])
    try writer.cut(after: 2)
    #expect(names == [name(2)])
  }

  @Test("an empty folder has no newest checkpoint")
  func none() throws { #expect(try folder.newest { _ in } == nil) }

  @Test("the newest whole one is taken, and every damaged one is named")
  func newest() throws {
    try write(keep: 3)
    #expect(try folder.newest { _ in }?.steps == 5)
    var notices: [String] = []
    try cut(5)
    #expect(try folder.newest { notices.append($0) }?.steps == 4)
    #expect(notices.count == 1 && notices[0].contains(name(5)))
    try cut(4)
    #expect(try folder.newest { notices.append($0) }?.steps == 3)
    #expect(notices.count == 3)
    try cut(3)
    let error = try #require(throws: FileError.self) { try folder.newest { _ in } }
    #expect(error.exitCode == .badDataFile && error.description.contains("--resume never"))
  }

  @Test("one whose name tells other steps than it has is passed over")
  func renamed() throws {
    try write(keep: 2)
    try FileManager.default.moveItem(atPath: folder.file(5), toPath: folder.file(9))
    var notices: [String] = []
    #expect(try folder.newest { notices.append($0) }?.steps == 4)
    #expect(notices.count == 1 && notices[0].contains("it was made after 5 steps"))
  }

  @Test("one can be asked for by its name or its path")
  func named() throws {
    try write(keep: 3)
    #expect(try folder.named(name(4)).steps == 4)
    #expect(try folder.named(folder.file(3)).steps == 3)
    let error = try #require(throws: FileError.self) { try folder.named(name(1)) }
    #expect(error.exitCode == .missingInput)
  }

  @Test("what is none is called what it is, with what was meant")
  func namedOtherwise() throws {
    let run = try RunDirectory(files.path + "/run")
    try FileManager.default.createDirectory(
      atPath: files.path + "/some", withIntermediateDirectories: true)
    let network = Safetensors(metadata: ["network": "lenet300-100"])
    try OutputFile.replace(run.final, with: network.encoded())
    for (name, words) in [
      (run.path, ["is the folder of a run", "--output", "/run/checkpoints"]),
      (files.path + "/some", ["is a folder, no checkpoint"]),
      (run.final, ["is a network (lenet300-100), no checkpoint"]),
    ] {
      let error = try #require(throws: FileError.self) { try folder.named(name) }
      #expect(error.exitCode == .badDataFile && error.description.hasPrefix(name))
      for word in words { #expect(error.description.contains(word), "\(error)") }
    }
  }

  @Test("cutting takes what is newer and what is not complete")
  func cutting() throws {
    try write(keep: 5)
    try files.write([1], to: name(9) + ".partial")
    try files.write([1], to: "notes.partial")
    try folder.cut(after: 3)
    #expect(names == ["notes.partial", name(1), name(2), name(3)])
    try folder.cut(after: -1)
    #expect(names == ["notes.partial"])
  }

  @Test("a checkpoint that cannot be written leaves those that are there")
  func full() throws {
    try write(keep: 5)
    try FileManager.default.removeItem(atPath: folder.file(5))
    try Folder.make(folder.file(5))
    let writer = try CheckpointWriter(files.path, keep: 1, communicator: SingleProcess())
    let failure = try #require(throws: AgreedFailure.self) { try writer.store(checkpoints[4]) }
    #expect(failure.code == ExitCode.inputOutput.rawValue)
    #expect(failure.message.contains("rename"), "\(failure.message)")
    #expect(names == [1, 2, 3, 4, 5].map(name))
  }

  @Test("a link that lies where a checkpoint is written is not followed")
  func link() throws {
    try write(keep: 5)
    let victim = try files.write([1, 2, 3], to: "victim")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file(5) + ".partial", withDestinationPath: victim)
    try CheckpointWriter(files.path, keep: 5, communicator: SingleProcess()).store(checkpoints[4])
    #expect(FileManager.default.contents(atPath: victim) == Data([1, 2, 3]))
  }

  private func cut(_ steps: Int) throws { try OutputFile.cut(folder.file(steps), to: 1000) }
}
