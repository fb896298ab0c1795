import ArgumentParser
import Machine
import Reporting

/// `relief-dist machine`: what this machine gives to a job, a line each, for `launch/local`.
struct MachineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "machine", abstract: "Print what this machine gives to a job.",
    discussion: """
      place LIST           the processors for one rank; as many lines as ranks can compute at once
      memory-kills COUNT   processes that the kernel has killed for want of memory
      memory-limit BYTES   of the control group, where it has one
      """, shouldDisplay: false)

  /// Of the hidden flag by which `launch/local` asks how many ranks to start at most.
  static let mostRanksHelp = ArgumentHelp(
    "Print how many ranks the batch feeds at most, and start nothing.", visibility: .hidden)

  func run() {
    Job.runAlone {
      let memory = MemoryShortage()
      let places = UsableCores().places.map { processors in
        "place " + processors.map(String.init).joined(separator: ",")
      }
      let limit = memory.limit.map { ["memory-limit \($0)"] } ?? []
      try StandardStream.output.print(
        (places + ["memory-kills \(memory.kills)"] + limit).joined(separator: "\n"))
    }
  }
}
