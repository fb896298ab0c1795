import Foundation
import Storage

/// The checkpoints of a run, by the steps done.
public struct CheckpointFolder: Sendable {
  /// Where it lies.
  public let path: String

  /// The folder at `path`.
  public init(_ path: String) { self.path = path }

  /// The file of a checkpoint after this many steps.
  public func file(_ steps: Int) -> String {
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

  /// Removes what was not written to its end, and all checkpoints of more than `steps` steps: a run that
  /// goes on from an earlier one comes by there again.
  /// - Throws: `FileError.system`.
  public func cut(after steps: Int) throws {
    for newer in try files() where newer.steps > steps { try OutputFile.remove(newer.path) }
    for name in try names() where name.hasSuffix(OutputFile.partialSuffix) {
      try OutputFile.remove("\(path)/\(name)")
    }
  }

  private func names() throws -> [String] { try Folder.names(in: path) }
}

extension CheckpointFolder {
  /// The newest checkpoint that is not damaged; nil where there is none at all.
  ///
  /// - Parameter notice: is told of damaged ones.
  /// - Throws: `FileError.damaged` where all are damaged; what reading throws.
  public func newest(notice: (String) -> Void) throws -> Checkpoint? {
    var damage: FileError?
    for file in try files() {
      do { return try read(file.path) } catch let error as FileError {
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
  /// - Throws: `FileError`.
  public func named(_ name: String) throws -> Checkpoint {
    let inside = "\(path)/\(name)"
    return try read(FileManager.default.fileExists(atPath: inside) ? inside : name)
  }

  private func read(_ path: String) throws -> Checkpoint {
    guard FileManager.default.fileExists(atPath: path) else {
      throw FileError.missing(path: path, remedy: "give a checkpoint's file, or --resume auto")
    }
    return try Checkpoint(path: path)
  }
}
