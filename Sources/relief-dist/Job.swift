import Communication
import Datasets
import Foundation
import Outcomes
import Recipes
import Reporting
import Storage
import Tensors

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
      let outcome = Outcome(of: error)
      complain(outcome)
      exit(outcome.code)
    }
    exit(
      run(
        {
          try requireSameProgram($0)
          try work($0)
        }, on: communicator))
  }

  /// Two builds may come to other bits, or wait for each other for ever.
  private static func requireSameProgram(_ communicator: any Communicator) throws {
    guard communicator.worldSize > 1 else { return }
    let hash = try communicator.agree {
      let hash = try SHA256Hash()
      try MappedFile("/proc/self/exe").withBytes(hash.update)
      return try hash.hexadecimal()
    }
    try communicator.requireSame(
      "relief-dist (SHA-256 of the program)", hash,
      remedy: "install the same relief-dist on all hosts")
  }

  /// Runs `work` in this process alone, without MPI, and ends it; of several that a launcher has
  /// started, in the first.
  ///
  /// - Parameter listens: whether signals are heard, which `work` asks for, so that no file is left
  ///   behind half-written.
  static func runAlone(listens: Bool = false, _ work: () throws -> Void) -> Never {
    if MPICommunicator.isLaunchedBesideRoot { exit(0) }
    exit(
      run(
        { _ in
          if listens { try Requests.listen() }
          try work()
        }, on: SingleProcess()))
  }

  /// Runs `work` on a rank of a job that has started.
  ///
  /// It returns, because the compiler (Swift 6.2) takes what a closure holds for dead where a
  /// function that never returns is given it.
  /// - Returns: what the process ends with.
  private static func run(
    _ work: (any Communicator) throws -> Void, on communicator: any Communicator
  ) -> Int32 {
    communicator.inspector.warn = { say("relief-dist: \($0)") }
    if communicator.worldSize > 1 {
      Memory.introduce(
        communicator.inspector.name(of: communicator.rank).printable, rank: communicator.rank)
    }
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
      let outcome = Outcome(of: error)
      if communicator.isRoot { complain(outcome) }
      code = outcome.code
    } catch {
      let outcome = Outcome(of: error)
      let namesItself = communicator.worldSize == 1 || error is StallError
      let name = namesItself ? "" : communicator.inspector.name(of: communicator.rank) + ": "
      complain(outcome.code, name + outcome.message)
      communicator.abort(code: outcome.code)
    }
    do { try communicator.finish() } catch {
      complain(Outcome(of: error))
      communicator.abort(code: Outcome(of: error).code)
    }
    return code
  }

  /// The images of a recipe, read by all ranks, who must find the same.
  /// - Throws: `AgreedFailure`.
  static func load(
    _ data: Recipe.Data, _ communicator: any Communicator, isQuiet: Bool
  ) throws -> Dataset {
    try communicator.inspector.during("data") {
      let dataset = try Dataset.load(
        data.name, path: data.path, cache: data.cache, ranks: communicator
      ) { notice in
        if communicator.isRoot && !isQuiet { say(notice) }
      }
      try communicator.requireSame(
        "\(dataset.name) (SHA-256 of the images)", dataset.sha256,
        remedy: "copy the same files to all hosts")
      return dataset
    }
  }

  /// Ends a job whose command line was refused (or asked for help): the root says so, and the other
  /// ranks wait for it.
  static func refuse(message: String, code: Int32) -> Never {
    // Help is given whoever asks.
    let communicator = (try? Launcher.connect { _ in }) ?? SingleProcess()
    let refusal: (any Communicator) throws -> Void = { communicator in
      guard code != 0 else { return try show(message, communicator) }
      if communicator.isRoot { try? StandardStream.errors.print(message) }
      throw AgreedFailure(rank: 0, code: code, message: "")
    }
    exit(run(refusal, on: communicator))
  }

  /// The root writes `lines` to standard output.
  /// - Throws: `AgreedFailure` where they cannot be written.
  static func show(_ lines: String, _ communicator: any Communicator) throws {
    _ = try communicator.agreeOnRoot {
      try StandardStream.output.print(lines)
    }
  }

  /// Says why the process ends.
  private static func complain(_ outcome: Outcome) { complain(outcome.code, outcome.message) }

  /// Says why the process ends with `code`.
  private static func complain(_ code: Int32, _ message: String) {
    guard !message.isEmpty else { return }
    say("relief-dist: \(code == ExitCode.stopped.rawValue ? "" : "error: ")\(message)")
  }

  /// Writes a line to standard error.
  static func say(_ message: String) {
    if !message.isEmpty { StandardStream.errors.say(message) }
  }
}
