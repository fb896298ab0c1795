import ArgumentParser
import Communication
import Networks
import Outcomes
import Planning
import Reporting
import Storage
import Tensors

/// `relief-dist bench`: time training steps, or forward passes.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Time whole training steps or forward passes; prints one line of JSON.")

  @Option(help: "A network's name.")
  var network = "lenet300-100"

  @Option(help: "Kept connections / all connections; which are kept is random.")
  var density = 1.0

  @Option(help: "Images of a step over all ranks.")
  var batch = 120

  @Flag(help: "Time forward passes, as evaluate runs them, and the latency of one image.")
  var inference = false

  @Option(help: "Steps, or forward passes, that are timed.")
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
      if inference { return try timeInference(communicator) }
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

  private func timeInference(_ communicator: any Communicator) throws {
    let bench = try communicator.agree {
      if trace != nil || kernels != .lane {
        throw ConfigurationError(
          place: "--inference", reason: "takes neither --trace nor --kernels: leave them out")
      }
      return try InferenceBench(
        network: network, density: density, batch: batch, passes: steps,
        kernels: KernelChoice.fromEnvironment(), communicator: communicator)
    }
    try Job.show(try bench.measure().jsonLine, communicator)
  }
}

extension Engine: ExpressibleByArgument {}
