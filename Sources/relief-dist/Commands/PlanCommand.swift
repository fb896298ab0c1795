import ArgumentParser
import Communication
import Datasets
import Foundation
import Machine
import Planning
import Reporting

/// `relief-dist plan`: what a run will cost.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Predict from a short measurement what a run costs: memory, bytes, time, scaling.",
    discussion: """
      Start it without mpirun, on a machine like those the run is for; the data need not be there. \
      Without --latency and --bandwidth all ranks share this machine; with them each rank has a core \
      of its own.
      """)

  @OptionGroup var choice: RecipeOptions

  @Option(
    help: "Ranks of the run (default: the cores of this machine, as far as the batch feeds them).")
  var ranks: Int?

  @Option(
    help: ArgumentHelp(
      "Of a message between machines: ns, us, ms or s (default with --bandwidth: 20us).",
      valueName: "2us"), transform: Link.latency)
  var latency: Double?

  @Option(
    help: ArgumentHelp(
      """
      Of a machine's network: Kb, Mb, Gb, Tb bits a second, KB, MB, GB, TB bytes a second (default \
      with --latency: 10Gb).
      """, valueName: "100Gb"), transform: Link.bandwidth)
  var bandwidth: Double?

  @Option(help: "Ranks that share a machine (default: the cores of this one).")
  var ranksPerNode: Int?

  @Option(help: "The share of connections that each pruning iteration is taken to keep.")
  var densityPerIteration = 0.8

  @Flag(help: "Print one line of JSON.")
  var json = false

  func validate() throws {
    guard !MPICommunicator.isLaunched, Launcher() == nil else {
      throw ValidationError("plan needs no ranks: start it without mpirun, srun or the like")
    }
  }

  func run() throws {
    Job.runAlone {
      let recipe = try choice.load()
      let cluster = try Cluster(
        ranks: ranks ?? min(UsableCores().count, recipe.mostRanks), ranksPerNode: ranksPerNode,
        interconnect: interconnect)
      try recipe.requireBlocks(worldSize: cluster.ranks)
      let size = try DatasetSize.of(recipe.data.name, path: recipe.data.path)
      let forecast = try Forecast(
        recipe, size, on: cluster, densityPerIteration: densityPerIteration,
        kernels: KernelChoice.fromEnvironment())
      let result = try forecast.result()
      try StandardStream.output.print(json ? result.jsonLine : ForecastTable(result).text)
    }
  }

  private var interconnect: Link? {
    guard latency != nil || bandwidth != nil else { return nil }
    return Link(
      latency: latency ?? Link.ordinary.latency, bandwidth: bandwidth ?? Link.ordinary.bandwidth)
  }
}
