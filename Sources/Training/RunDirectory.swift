import Foundation
import Networks
import Storage

/// The folder of a run, and where everything in it lies. Held by one job at a time.
public final class RunDirectory {
  /// The folder.
  public let path: String
  private let lock: FileLock

  /// Opens the folder at `path`, made if need be.
  /// - Throws: `FileError`; `inUse` while a running job has it.
  public init(_ path: String) throws {
    for folder in [path, "\(path)/iterations", Self.checkpoints(path)] { try Folder.make(folder) }
    guard let lock = try FileLock("\(path)/.lock") else {
      throw FileError.inUse(path: path, remedy: "wait for it or give another --output")
    }
    self.path = path
    self.lock = lock
  }

  /// The resolved recipe.
  public var recipe: String { "\(path)/recipe.toml" }
  /// What ran where.
  public var description: String { "\(path)/run.json" }
  /// One object a line.
  public var metrics: String { "\(path)/metrics.jsonl" }
  /// The network after pruning iteration `iteration`.
  public func iteration(_ iteration: Int) -> String {
    "\(path)/iterations/\(iteration).safetensors"
  }
  /// Where it can go on from.
  public var checkpoints: CheckpointFolder { CheckpointFolder(Self.checkpoints(path)) }
  /// Where the checkpoints of the run in the folder `path` lie.
  public static func checkpoints(_ path: String) -> String { "\(path)/checkpoints" }
  /// The chosen network.
  public var final: String { "\(path)/final.safetensors" }

  /// Where a run of `recipe` goes unless the user says otherwise.
  /// - Throws: what hashing throws.
  public static func defaultPath(_ recipe: Recipe) throws -> String {
    "runs/\(recipe.name)-\(try SHA256Hash.of(Array(recipe.textOfRun.utf8)).prefix(8))"
  }
}

extension RunDirectory: NetworkStore {
  /// See `NetworkStore`.
  public func store(_ network: Network, iteration: Int) throws {
    try write(network, to: self.iteration(iteration), iteration: iteration)
  }

  /// See `NetworkStore`.
  public func storeFinal(_ network: Network, iteration: Int) throws {
    try write(network, to: final, iteration: iteration)
  }

  private func write(_ network: Network, to path: String, iteration: Int) throws {
    let file = network.safetensors(metadata: [
      "network": network.architecture.name, "iteration": "\(iteration)",
      "kept": "\(network.kept)", "total": "\(network.total)",
    ])
    try OutputFile.replace(path, with: try file.encoded())
  }
}
