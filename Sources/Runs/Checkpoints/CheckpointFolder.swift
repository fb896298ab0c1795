import Foundation
import Storage

/// The checkpoints of a run, by the steps done.
package struct CheckpointFolder: Sendable {
  /// Where it lies.
  package let path: String

  /// The folder at `path`.
  package init(_ path: String) { self.path = path }

  /// The file of a checkpoint after this many steps.
  package func file(_ steps: Int) -> String {
    let digits = String(steps)
    return
      "\(path)/step-\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits)\(ending)"
  }

  private let ending = ".safetensors"

  /// The checkpoints, newest first.
  /// - Throws: `FileError.system`.
  func files() throws -> [(steps: Int, path: String)] {
    try names().compactMap { name in
      guard let match = name.wholeMatch(of: /step-([0-9]+)\.safetensors/), let steps = Int(match.1)
      else { return nil }
      return (steps, "\(path)/\(name)")
    }.sorted { $0.steps > $1.steps }
  }

  /// Leaves the newest `count` checkpoints, and that after `steps` steps, if any.
  /// - Throws: `FileError.system`.
  func keepNewest(_ count: Int, sparing steps: Int?) throws {
    for old in try files().dropFirst(count) where old.steps != steps {
      try OutputFile.remove(old.path)
    }
  }

  /// Removes all checkpoints of more than `steps` steps, which a run that goes on from an earlier
  /// one comes by again, and those that were not written to their end.
  /// - Throws: `FileError.system`.
  package func cut(after steps: Int) throws {
    for newer in try files() where newer.steps > steps { try OutputFile.remove(newer.path) }
    for name in try names()
    where name.wholeMatch(of: /step-[0-9]+\.safetensors(\.[0-9a-f]{8})?\.partial/) != nil {
      try OutputFile.remove("\(path)/\(name)")
    }
  }

  private func names() throws -> [String] { try Folder.names(in: path) }
}

extension CheckpointFolder {
  /// The newest checkpoint that is not damaged; nil where there is none at all.
  ///
  /// - Parameter demand: what it must be like; one that is not counts as damaged.
  /// - Parameter notice: is told of damaged ones.
  /// - Throws: `FileError.damaged` where all are damaged; `ConfigurationError` where it is one of
  ///   another run; what reading throws.
  package func newest(
    _ demand: CheckpointDemand? = nil, notice: (String) -> Void
  ) throws -> Checkpoint? {
    var damage: FileError?
    for file in try files() {
      do {
        let checkpoint = try read(file.path, demand)
        guard checkpoint.steps == file.steps else {
          throw checkpoint.damaged("it was made after \(checkpoint.steps) steps")
        }
        return checkpoint
      } catch let error as FileError {
        guard case .damaged = error else { throw error }
        notice("\(error); trying the one before")
        damage = error
      }
    }
    guard let damage else { return nil }
    throw FileError.damaged(
      path: path, offset: nil,
      reason: "no checkpoint is whole, the oldest is \(damage); start over with --resume never")
  }

  /// The checkpoint `name`: a path, or a name in this folder.
  ///
  /// - Parameter demand: what it must be like.
  /// - Throws: `FileError`, also where it is something else; `ConfigurationError` where it is one
  ///   of another run.
  package func named(_ name: String, _ demand: CheckpointDemand? = nil) throws -> Checkpoint {
    let inside = "\(path)/\(name)"
    let file = try PathKind.of(inside) == nil ? name : inside
    guard let kind = try PathKind.of(file) else {
      throw FileError.missing(path: file, remedy: "give a checkpoint's file, or --resume auto")
    }
    if kind == .folder { throw try Self.folderError(file) }
    do { return try read(file, demand) } catch let error as FileError {
      guard let network = try? Safetensors(path: file).metadata["network"] else { throw error }
      throw FileError.damaged(
        path: file, offset: nil,
        reason: """
          is a network (\(network)), no checkpoint; a run goes on from the files in its folder \
          checkpoints
          """)
    }
  }

  private static func folderError(_ path: String) throws -> FileError {
    let isRun = try PathKind.of(RunDirectory.checkpoints(path)) == .folder
    return .damaged(
      path: path, offset: nil,
      reason: isRun
        ? """
        is the folder of a run, no checkpoint; give it as --output to go on with that run, or one of \
        \(RunDirectory.checkpoints(path)) to go on from there in another folder
        """
        : "is a folder, no checkpoint; give one of its files, or a run's folder as --output")
  }

  private func read(_ path: String, _ demand: CheckpointDemand?) throws -> Checkpoint {
    let checkpoint = try Checkpoint(path: path)
    if let demand { try checkpoint.require(demand) }
    return checkpoint
  }
}
