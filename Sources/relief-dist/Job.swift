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
      communicator = MPICommunicator.isLaunched ? try MPICommunicator() : SingleProcess()
    } catch {
      let (code, message) = describe(error)
      complain(code, message)
      exit(code)
    }
    run(
      {
        try requireSameProgram($0)
        try work($0)
      }, on: communicator)
  }

  /// Two builds may come to other bits, or wait for each other for ever.
  private static func requireSameProgram(_ communicator: any Communicator) throws {
    guard communicator.worldSize > 1 else { return }
    let hash = try communicator.agree(describe: describe) {
      let hash = try SHA256Hash()
      try MappedFile("/proc/self/exe").withBytes(hash.update)
      return try hash.hexadecimal()
    }
    try communicator.requireSame(
      "relief-dist (SHA-256 of the program)", hash,
      remedy: "install the same relief-dist on all hosts")
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
      if communicator.isRoot { complain(failure.code, failure.message) }
      code = failure.code
    } catch is StopRequested {
      code = ExitCode.stopped.rawValue
    } catch let error as any CommonError {
      let (number, message) = describe(error)
      if communicator.isRoot { complain(number, message) }
      code = number
    } catch {
      let (code, message) = describe(error)
      let namesItself = communicator.worldSize == 1 || error is StallError
      let name = namesItself ? "" : communicator.watch.name(of: communicator.rank) + ": "
      complain(code, name + message)
      communicator.abort(code: code)
    }
    do { try communicator.finish() } catch {
      let (code, message) = describe(error)
      complain(code, message)
      communicator.abort(code: code)
    }
    exit(code)
  }

  /// Ends a job whose command line was refused (or asked for help): the root says so, and the other
  /// ranks wait for it.
  static func refuse(message: String, code: Int32) -> Never {
    run { communicator in
      if communicator.isRoot {
        let output = code == 0 ? FileHandle.standardOutput : FileHandle.standardError
        output.write(Data((message + "\n").utf8))
      }
      if code != 0 { throw AgreedFailure(rank: 0, code: code, message: "") }
    }
  }

  /// Exit code and words of an error.
  static func describe(_ error: any Error) -> (code: Int32, message: String) {
    (
      (error as? any UserFacingError)?.exitCode.rawValue ?? ExitCode.internalError.rawValue,
      "\(error)"
    )
  }

  /// Says why the process ends with `code`.
  private static func complain(_ code: Int32, _ message: String) {
    guard !message.isEmpty else { return }
    say("relief-dist: \(code == ExitCode.stopped.rawValue ? "" : "error: ")\(message)")
  }

  /// Writes a line to standard error.
  static func say(_ message: String) {
    guard !message.isEmpty else { return }
    FileHandle.standardError.write(Data((message + "\n").utf8))
  }
}
