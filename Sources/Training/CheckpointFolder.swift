import Foundation
import Storage

/// The checkpoints of a run, by the steps done; the newest few are kept.
public struct CheckpointFolder: Sendable {
  /// Where it lies.
  public let path: String
  private let keep: Int

  /// The folder at `path`, in which `keep` checkpoints stay.
  public init(_ path: String, keep: Int) {
    (self.path, self.keep) = (path, keep)
  }

  /// A checkpoint's file.
  public func file(_ steps: Int) -> String {
    let digits = String(steps)
    let zeros = String(repeating: "0", count: max(0, 8 - digits.count))
    return "\(path)/step-\(zeros)\(digits).safetensors"
  }

  /// The files, newest first.
  public func files() throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: path)
    return names.compactMap { name -> (steps: Int, path: String)? in
      guard let match = name.wholeMatch(of: /step-([0-9]+)\.safetensors/), let steps = Int(match.1)
      else { return nil }
      return (steps, "\(path)/\(name)")
    }.sorted { $0.steps > $1.steps }.map(\.path)
  }

  /// Writes a checkpoint, all or nothing, and then removes those that are too old.
  /// - Throws: `FileError.system`; the files that were there before are untouched.
  public func store(_ checkpoint: Checkpoint) throws {
    let file = try checkpoint.sealed()
    try OutputFile.replace(self.file(checkpoint.steps), write: file.write(to:))
    for old in try files().dropFirst(keep) { try OutputFile.remove(old) }
  }
}

extension CheckpointFolder {
  /// The newest checkpoint that is not damaged; nil where there is none at all.
  ///
  /// - Parameter notice: is told of damaged ones.
  /// - Throws: `FileError.damaged` where all are damaged; what reading throws.
  public func newest(notice: (String) -> Void) throws -> Checkpoint? {
    let files = try files()
    var last: FileError?
    for file in files {
      do { return try read(file) } catch let error as FileError {
        guard case .damaged = error else { throw error }
        notice("\(error); trying the one before")
        last = error
      }
    }
    guard let last else { return nil }
    throw FileError.damaged(
      path: path, offset: nil,
      reason: "no checkpoint is whole (\(last)); start over with --resume never")
  }

  /// The checkpoint `name`: a path, or a name in this folder.
  /// - Throws: `FileError`.
  public func named(_ name: String) throws -> Checkpoint {
    let inside = "\(path)/\(name)"
    return try read(FileManager.default.fileExists(atPath: inside) ? inside : name)
  }

  /// Removes all checkpoints with more than `steps` steps: a run that goes on from an earlier one comes
  /// by there again.
  /// - Throws: `FileError.system`.
  public func remove(after steps: Int) throws {
    for newer in try files() where newer > file(steps) { try OutputFile.remove(newer) }
  }

  private func read(_ path: String) throws -> Checkpoint {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw FileError.missing(path: path, remedy: "give a checkpoint's path, or --resume auto")
    }
    return try Checkpoint(data, path: path)
  }
}
