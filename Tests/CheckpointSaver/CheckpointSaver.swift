import Communication
import Foundation
import Runs

/// Saves a checkpoint and ends: `checkpoint-saver SOURCE FOLDER KEEP` writes the checkpoint SOURCE
/// to FOLDER as runs do, by all ranks, however small it is, and leaves the newest KEEP. Where it
/// could not, it says why and ends with 74.
@main
struct CheckpointSaver {
  static func main() throws {
    let arguments = CommandLine.arguments
    let communicator: any Communicator =
      MPICommunicator.isLaunched ? try MPICommunicator() : SingleProcess()
    let checkpoint = try Checkpoint(path: arguments[1])
    let writer = try CheckpointWriter(
      arguments[2], keep: Int(arguments[3]) ?? 1, communicator: communicator, smallestShare: 0)
    var code: Int32 = 0
    do {
      try writer.store(checkpoint)
      do { try writer.tidy(sparing: nil) } catch { say("\(error)") }
    } catch let failure as AgreedFailure {
      if communicator.isRoot { say(failure.message) }
      code = failure.code
    }
    try communicator.finish()
    exit(code)
  }

  private static func say(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
