import Communication
import Foundation
import Testing

/// What processes make of signals; in processes of their own, because signals belong to all of one.
@Suite(.tags(.timing), .unlessTimingIsLeftOut) struct SignalTests {
  /// Threads of tests block signals.
  private static func listen() throws {
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_UNBLOCK, &all, nil)
    try Requests.listen()
  }

  @Test(
    "each of these asks for a stop, and twice at the same moment is once",
    arguments: [SIGTERM, SIGINT, SIGHUP, SIGUSR2])
  func stop(signal: Int32) async {
    await #expect(processExitsWith: .success) { [signal] in
      try Self.listen()
      #expect(Requests.ofSignals() == .none)
      for _ in 0..<3 { raise(signal) }
      #expect(Requests.ofSignals() == .stop)
    }
  }

  @Test("a second one later ends the process at once", arguments: [SIGTERM, SIGINT])
  func twice(signal: Int32) async {
    await #expect(processExitsWith: .signal(signal)) { [signal] in
      try Self.listen()
      raise(signal)
      usleep(250_000)
      raise(signal)
    }
  }

  @Test("SIGHUP never does, and where nohup has it ignored it asks for nothing")
  func hangup() async {
    await #expect(processExitsWith: .success) {
      try Self.listen()
      raise(SIGHUP)
      usleep(250_000)
      raise(SIGHUP)
      raise(SIGTERM)
      #expect(Requests.ofSignals() == .stop)
    }
    await #expect(processExitsWith: .success) {
      signal(SIGHUP, SIG_IGN)
      try Self.listen()
      raise(SIGHUP)
      #expect(Requests.ofSignals() == .none)
    }
  }
}
