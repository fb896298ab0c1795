import Communication
import Foundation

extension Checks {
  /// What a signal asks of any rank, all ranks hear of at the same call. The stop comes last: it
  /// stays.
  func requests() {
    check("nothing is asked for") { try expect(try calls(10), [], "calls with a checkpoint") }
    check("checkpoint asked of one rank") {
      // The second call starts the agreement that has heard of it, the third finishes it.
      try expect(
        try calls(6, sending: SIGUSR1, to: [worldSize - 1]), [3], "calls with a checkpoint")
    }
    check("checkpoint asked of all ranks") {
      try expect(try calls(6, sending: SIGUSR1, to: Array(ranks)), [3], "calls with a checkpoint")
    }
    check("little work shares an agreement") {
      try expect(
        try calls(40, operations: Self.worthwhile / 10, sending: SIGUSR1, to: [0]), [20],
        "calls with a checkpoint")
    }
    check("stop asked of one rank") {
      var call = 1
      do {
        for _ in 0..<6 {
          if call == 2, rank == worldSize - 1 { kill(getpid(), SIGUSR2) }
          try communicator.requests.poll(after: Self.worthwhile)
          call += 1
        }
        throw Mismatch(what: "calls", expected: "a stop", actual: "none")
      } catch is StopRequested { try expect(call, 3, "call with the stop") }
    }
  }

  /// Operations of an agreement.
  private static var worthwhile: Int { 200_000_000 }

  /// Polls so many times, with a signal to some ranks before the second call.
  /// - Returns: the calls, from 1, after which a checkpoint was asked for.
  private func calls(
    _ count: Int, operations: Int = worthwhile, sending signal: Int32 = 0, to ranks: [Int] = []
  ) throws -> [Int] {
    try (1...count).filter { call in
      if call == 2, ranks.contains(rank) { kill(getpid(), signal) }
      try communicator.requests.poll(after: operations)
      return communicator.requests.takeCheckpoint()
    }
  }
}
