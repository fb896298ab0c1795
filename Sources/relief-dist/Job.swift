import Communication
import Foundation
import Storage
import Tensors
import Training

/// Starts ranks, ends them, and sees to it that whatever goes wrong is said once.
enum Job {
  /// Runs `work` on every rank that was started, and ends the process.
  static func run(_ work: (any Communicator) throws -> Void) -> Never {
    let communicator: any Communicator
    do {
      // Before MPI starts, so that no signal finds a process that does not listen.
      try Requests.listen()
      communicator = try Launcher.connect { say("relief-dist: \($0)") }
    } catch {
      let (code, message) = describe(error)
      say(message)
      exit(code)
    }
    run(work, on: communicator)
  }

  /// Runs `work` in this process alone, without MPI, and ends it.
  static func runAlone(_ work: () throws -> Void) -> Never {
    run({ _ in try work() }, on: SingleProcess())
  }

  private static func run(
    _ work: (any Communicator) throws -> Void, on communicator: any Communicator
  ) -> Never {
    communicator.watch.warn = { say("relief-dist: \($0)") }
    KernelSet.flushSubnormals()
    var code = ExitCode.done.rawValue
    do {
      try work(communicator)
    } catch let failure as AgreedFailure {
      if communicator.isRoot { say(failure.message) }
      code = failure.code
    } catch is StopRequested {
      code = ExitCode.stopped.rawValue
    } catch let error as any CommonError {
      let (number, message) = describe(error)
      if communicator.isRoot { say(message) }
      code = number
    } catch {
      let (code, message) = describe(error)
      say(message)
      communicator.abort(code: code)
    }
    do { try communicator.finish() } catch {
      let (code, message) = describe(error)
      say(message)
      communicator.abort(code: code)
    }
    exit(code)
  }

  /// Ends a job whose command line was refused (or asked for help): the root says so, and the other
  /// ranks wait for it.
  static func refuse(message: String, code: Int32) -> Never {
    // Help is given whoever asks.
    let communicator = (try? Launcher.connect { _ in }) ?? SingleProcess()
    let refusal: (any Communicator) throws -> Void = { communicator in
      if communicator.isRoot {
        let output = code == 0 ? FileHandle.standardOutput : FileHandle.standardError
        output.write(Data((message + "\n").utf8))
      }
      if code != 0 { throw AgreedFailure(rank: 0, code: code, message: "") }
    }
    run(refusal, on: communicator)
  }

  /// Exit code and words of an error.
  static func describe(_ error: any Error) -> (code: Int32, message: String) {
    let code = (error as? any UserFacingError)?.exitCode ?? .internalError
    let kind = code == .stopped ? "" : "error: "
    return (code.rawValue, "relief-dist: \(kind)\(error)")
  }

  /// Writes a line to standard error.
  static func say(_ message: String) {
    guard !message.isEmpty else { return }
    FileHandle.standardError.write(Data((message + "\n").utf8))
  }
}
