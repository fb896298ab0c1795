import ArgumentParser
import Training

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
    for processors in UsableCores().places {
      print("place", processors.map(String.init).joined(separator: ","))
    }
    let memory = MemoryShortage()
    print("memory-kills", memory.kills)
    if let limit = memory.limit { print("memory-limit", limit) }
  }
}
