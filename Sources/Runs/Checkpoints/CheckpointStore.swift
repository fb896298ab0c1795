import Communication
import Foundation
import Storage

/// Where checkpoints go.
package protocol CheckpointStore {
  /// Keeps a checkpoint, all or nothing; every rank calls it with the same state.
  /// - Throws: `AgreedFailure` on every rank where one could not write; what ranks throw.
  func store(_ checkpoint: Checkpoint) throws
  /// Removes the checkpoints that are too old, but for that after `steps` steps, if any; the root's
  /// does.
  /// - Throws: `FileError.system`.
  func tidy(sparing steps: Int?) throws
  /// The checkpoint after this many steps, on every rank, where it is whole and meets `demand`.
  /// - Throws: what ranks throw.
  func checkpoint(after steps: Int, _ demand: CheckpointDemand) throws -> Checkpoint?
  /// Removes all newer ones; every rank calls it.
  /// - Throws: `AgreedFailure` on every rank where that cannot be; what ranks throw.
  func cut(after steps: Int) throws
}

/// Writes checkpoints to a folder, on every rank.
///
/// Where there is much to write and all ranks see the folder, each hashes and writes its share;
/// else the root writes all. It gives the file its name once everything is on disk.
package final class CheckpointWriter: CheckpointStore {
  private let folder: CheckpointFolder
  private let keep: Int
  private let communicator: any Communicator
  private let isShared: Bool
  private let smallestShare: Int

  /// Writes to the folder at `path`, which the root has made; the newest `keep` stay.
  ///
  /// - Parameter smallestShare: bytes for each rank from which on all of them write; for fewer, one
  ///   more file to open and to bring to disk costs more than it saves.
  /// - Throws: what ranks throw.
  package init(
    _ path: String, keep: Int, communicator: any Communicator, smallestShare: Int = 16 << 20
  ) throws {
    self.smallestShare = smallestShare
    self.folder = CheckpointFolder(path)
    self.keep = keep
    self.communicator = communicator
    let identities = try communicator.gather(Array((Folder.sharedIdentity(of: path) ?? "").utf8))
    self.isShared = identities.allSatisfy { !$0.isEmpty && $0 == identities[0] }
  }

  /// See `CheckpointStore`.
  package func store(_ checkpoint: Checkpoint) throws {
    let path = folder.file(checkpoint.steps)
    let file = try checkpoint.sealed()
    // A name that nobody can have put something under beforehand.
    let partial = String(
      decoding: try communicator.broadcast(fromRoot: {
        Array(OutputFile.temporaryName(for: path).utf8)
      }), as: UTF8.self)
    let whole = try agree { try communicator.isRoot ? OutputFile(partial, .new) : nil }
    do {
      let hashes = try agree { try writeShare(of: file, to: partial, whole) }
      let all = try communicator.gather(hashes).flatMap { $0 }
      try agree {
        guard let whole else { return }
        try file.seal(all, to: whole)
        try whole.commit(as: path)
      }
    } catch {
      if communicator.isRoot { try? OutputFile.remove(partial) }
      throw error
    }
  }

  /// See `CheckpointStore`.
  package func tidy(sparing steps: Int?) throws {
    if communicator.isRoot { try folder.keepNewest(keep, sparing: steps) }
  }

  /// See `CheckpointStore`.
  package func checkpoint(after steps: Int, _ demand: CheckpointDemand) throws -> Checkpoint? {
    let path = folder.file(steps)
    let bytes = try communicator.agreedFromRoot {
      guard let checkpoint = try? folder.named(path, demand), checkpoint.steps == steps else {
        return []
      }
      return [UInt8](try checkpoint.sealed().encoded())
    }
    return try bytes.isEmpty ? nil : Checkpoint(Data(bytes), path: path)
  }

  /// See `CheckpointStore`.
  package func cut(after steps: Int) throws {
    try agree { if communicator.isRoot { try folder.cut(after: steps) } }
  }

  /// Writes this rank's share of the pieces and brings it to disk.
  private func writeShare(
    of file: SealedFile, to partial: String, _ whole: OutputFile?
  ) throws -> [UInt8] {
    let isWorthIt = file.bytes >= smallestShare * communicator.worldSize
    let writers = isShared && isWorthIt ? communicator.worldSize : 1
    let (rank, count) = (min(communicator.rank, writers), file.count)
    let share = count * rank / writers..<count * min(rank + 1, writers) / writers
    guard !share.isEmpty else { return [] }
    let target = try whole ?? OutputFile(partial, .existing)
    let hashes = try file.write(share, to: target)
    if whole == nil { try target.synchronise() }
    return hashes
  }

  private func agree<Result>(_ work: () throws -> Result) throws -> Result {
    try communicator.agree(work)
  }
}
