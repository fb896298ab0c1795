import ArgumentParser
import Networks
import Planning
import Reporting
import Storage
import Tensors

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

  @Option(help: "How products are computed: lane or openblas.")
  var kernels = Engine.lane

  @Option(help: "Trace one more step on all ranks to this file, for Chrome's about:tracing.")
  var trace: PathArgument?

  @Flag(help: MachineCommand.mostRanksHelp)
  var mostRanks = false

  func run() throws {
    if mostRanks {
      Job.runAlone { try StandardStream.output.print("\(LaneBlocks.count(forImages: batch))") }
    }
    Job.run { communicator in
      let bench = try communicator.agree {
        let traceFile = try trace?.path(of: "--trace")
        if let traceFile, communicator.isRoot { try OutputFile.requireWritable(traceFile) }
        return try Bench(
          network: network, density: density, batch: batch, steps: steps, engine: kernels,
          kernels: KernelChoice.fromEnvironment(), communicator: communicator,
          traceFile: traceFile)
      }
      let result = try bench.measure()
      try Job.show(result.jsonLine, communicator)
    }
  }
}

extension Engine: ExpressibleByArgument {}
