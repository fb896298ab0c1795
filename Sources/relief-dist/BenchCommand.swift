import ArgumentParser
import Communication
import Networks
import Tensors
import Training

/// `relief-dist bench`: time training steps.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Time whole training steps; prints one line of JSON.")

  @Option(help: "A network's name.")
  var network = "lenet300-100"

  @Option(help: "Kept connections / all connections; which are kept is random.")
  var density = 1.0

  @Option(help: "Images of a step over all ranks.")
  var batch = 120

  @Option(help: "Steps that are timed.")
  var steps = 200

  @Option(help: "How dense products are computed: lane or openblas.")
  var kernels = Products.lane

  @Option(help: "Trace one more step on all ranks to this file, for Chrome's about:tracing.")
  var trace: String?

  @Flag(help: MachineCommand.mostRanksHelp)
  var mostRanks = false

  func run() throws {
    if mostRanks { Job.runAlone { print(LaneBlocks.count(forImages: batch)) } }
    Job.run { communicator in
      let bench = try communicator.agree(describe: Job.describe) {
        try Bench(
          network: network, density: density, batch: batch, steps: steps, products: kernels,
          kernels: KernelChoice.fromEnvironment(), communicator: communicator,
          traceFile: trace)
      }
      let result = try bench()
      guard communicator.isRoot else { return }
      print(try result.line)
    }
  }
}

extension Products: ExpressibleByArgument {}
