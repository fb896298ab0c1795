import Foundation
import Models
import Networks
import Recipes
import Storage

/// The folder of a run, and where everything in it lies. Held by one job at a time.
package final class RunDirectory {
  /// The folder.
  package let path: String
  /// What its networks' files say of themselves, once it is known what runs here.
  var model: ModelDescription?
  private let lock: FileLock

  /// Opens the folder at `path`, made if need be.
  /// - Throws: what `requireUsable` does; `FileError.inUse` while a running job has it.
  package init(_ path: String) throws {
    try Self.requireUsable(path)
    for folder in [path, Self.iterations(path), Self.checkpoints(path)] { try Folder.make(folder) }
    guard let lock = try FileLock(Self.lock(path)) else {
      throw FileError.inUse(path: path, remedy: "wait for it or give another --output")
    }
    self.path = path
    self.lock = lock
  }

  /// Whether a running job has the folder `path`; nil where nothing tells.
  /// - Throws: `FileError.system`.
  package static func isHeld(_ path: String) throws -> Bool? { try FileLock.isHeld(lock(path)) }

  /// What the user should know of the folder; nil if nothing.
  package var warning: String? {
    lock.missing.map { "\($0): no locks here; see to it that only one job at a time uses \(path)" }
  }

  /// The resolved recipe.
  package var recipe: String { Self.recipe(path) }
  /// What ran where.
  package var description: String { Self.description(path) }
  /// One object a line.
  package var metrics: String { Self.metrics(path) }
  /// The network after pruning iteration `iteration`.
  package func iteration(_ iteration: Int) -> String {
    "\(Self.iterations(path))/\(iteration).safetensors"
  }
  /// What a job locks that has the folder `path`.
  static func lock(_ path: String) -> String { "\(path)/.lock" }
  /// The resolved recipe of the run in the folder `path`.
  static func recipe(_ path: String) -> String { "\(path)/recipe.toml" }
  /// What ran in the folder `path`.
  static func description(_ path: String) -> String { "\(path)/run.json" }
  /// The records of the run in the folder `path`.
  package static func metrics(_ path: String) -> String { "\(path)/metrics.jsonl" }
  /// The page about the run in the folder `path`.
  package static func report(_ path: String) -> String { "\(path)/report.html" }
  /// Where the networks of the run in the folder `path` lie.
  static func iterations(_ path: String) -> String { "\(path)/iterations" }
  /// Where it can go on from.
  package var checkpoints: CheckpointFolder { CheckpointFolder(Self.checkpoints(path)) }
  /// Where the checkpoints of the run in the folder `path` lie.
  package static func checkpoints(_ path: String) -> String { "\(path)/checkpoints" }
  /// The chosen network.
  package var final: String { "\(path)/final.safetensors" }

  /// Where a run of `recipe` goes unless the user says otherwise.
  /// - Throws: what hashing throws.
  package static func defaultPath(_ recipe: Recipe) throws -> String {
    "runs/\(recipe.name)-\(try SHA256Hash.of(Array(recipe.textOfRun.utf8)).prefix(8))"
  }
}

extension RunDirectory: NetworkStore {
  /// See `NetworkStore`.
  package func store(_ network: Network, iteration: Int) throws {
    try write(network, to: self.iteration(iteration), iteration: iteration)
  }

  /// See `NetworkStore`.
  package func storeFinal(_ network: Network, iteration: Int) throws {
    try write(network, to: final, iteration: iteration)
  }

  /// Removes the networks of iterations after `iteration`, and the chosen one: a run that goes on
  /// from there comes by them again.
  /// - Throws: `FileError.system`.
  package func cutNetworks(after iteration: Int) throws {
    for name in try Folder.names(in: Self.iterations(path)) {
      guard let match = name.wholeMatch(of: /([0-9]+)\.safetensors(\..*partial)?/) else { continue }
      let isLater = Int(match.1).map { $0 > iteration } ?? false
      guard isLater || match.2 != nil else { continue }
      try OutputFile.remove("\(Self.iterations(path))/\(name)")
    }
    if try PathKind.of(final) != nil { try OutputFile.remove(final) }
  }

  private func write(_ network: Network, to path: String, iteration: Int) throws {
    var description =
      model
      ?? ModelDescription(
        network: network.architecture.name, input: network.architecture.input,
        classes: network.architecture.classes)
    description.iteration = iteration
    var metadata = try description.metadata
    (metadata["kept"], metadata["total"]) = ("\(network.kept)", "\(network.total)")
    let file = network.safetensors(metadata: metadata)
    try OutputFile.replace(path, with: try file.encoded())
  }
}
