import Communication
import Foundation
import Reporting
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
      communicator = MPICommunicator.isLaunched ? try MPICommunicator() : SingleProcess()
    } catch {
      let (code, message) = describe(error)
      say(message)
      exit(code)
    }
    exit(run(work, on: communicator))
  }

  /// Runs `work` in this process alone, without MPI, and ends it.
  static func runAlone(_ work: () throws -> Void) -> Never {
    exit(run({ _ in try work() }, on: SingleProcess()))
  }

  /// Runs `work` on a rank of a job that has started.
  ///
  /// It returns, because the compiler (Swift 6.2) takes what a closure holds for dead where a function that
  /// never returns is given it.
  /// - Returns: what the process ends with.
  private static func run(
    _ work: (any Communicator) throws -> Void, on communicator: any Communicator
  ) -> Int32 {
    communicator.watch.warn = { say("relief-dist: \($0)") }
    if communicator.worldSize > 1 {
      Memory.introduce(communicator.watch.name.printable, rank: communicator.rank)
    }
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
    return code
  }

  /// Ends a job whose command line was refused (or asked for help): the root says so, and the other
  /// ranks wait for it.
  static func refuse(message: String, code: Int32) -> Never {
    run { communicator in
      guard code != 0 else { return try show(message, communicator) }
      if communicator.isRoot { try? StandardStream.errors.print(message) }
      throw AgreedFailure(rank: 0, code: code, message: "")
    }
  }

  /// The root writes `lines` to standard output.
  /// - Throws: `AgreedFailure` where they cannot be written.
  static func show(_ lines: String, _ communicator: any Communicator) throws {
    try communicator.agree(describe: describe) {
      if communicator.isRoot { try StandardStream.output.print(lines) }
    }
  }

  /// Exit code and words of an error.
  static func describe(_ error: any Error) -> (code: Int32, message: String) {
    let code = (error as? any UserFacingError)?.exitCode ?? .internalError
    let kind = code == .stopped ? "" : "error: "
    return (code.rawValue, "relief-dist: \(kind)\(error)")
  }

  /// Writes a line to standard error.
  static func say(_ message: String) {
    if !message.isEmpty { StandardStream.errors.say(message) }
  }
}
