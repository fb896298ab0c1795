import Communication
import Optimizers
import Tensors

/// Times the gradient exchange without a network, for parameter counts from 1,000 to 10 million.
///
///     swift build -c release
///     RELIEF_DIST=.build/release/collective-bench launch/local -n 2
@main
struct CollectiveBench {
  static func main() throws {
    let communicator: any Communicator =
      MPICommunicator.isLaunched ? try MPICommunicator() : SingleProcess()
    if communicator.isRoot { print("parameters  exchange       algorithm bandwidth") }
    for count in [1_000, 10_000, 100_000, 266_610, 1_000_000, 10_000_000] {
      let seconds = try median(communicator, parameters: count)
      if communicator.isRoot {
        let bandwidth = Double(8 * count) / seconds / 1e9
        let microseconds = (seconds * 1e7).rounded() / 10
        print("\(count)  \(microseconds) µs  \((bandwidth * 10).rounded() / 10) GB/s")
      }
    }
    try communicator.finish()
  }

  /// Seconds of gradients out and parameters back, the median of many.
  static func median(_ communicator: any Communicator, parameters count: Int) throws -> Double {
    guard let kernels = KernelSet.available.first else { return .nan }
    let images = 128
    let parameters = FloatBuffer(count: count)
    let gradients = GradientPartials(
      count: count,
      partials: BlockShare.mostSubtrees(images: images, worldSize: communicator.worldSize))
    let exchange = GradientExchange(
      communicator, parameters: parameters, gradients: gradients,
      segments: ParameterSegments(
        layers: [0..<count], rank: communicator.rank, worldSize: communicator.worldSize),
      images: images, optimizer: NoOptimizer(), kernels: kernels)
    let share = BlockShare(
      images: images, rank: communicator.rank, worldSize: communicator.worldSize)
    let times = try (0..<max(20, min(1000, 20_000_000 / count))).map { _ in
      let start = ContinuousClock.now
      try exchange.add(0..<count, share: share)
      try exchange.finish(share: share)
      return start.elapsedSeconds
    }
    return times.sorted()[times.count / 2]
  }
}

/// Leaves parameters as they are, so that the exchange alone is timed.
private final class NoOptimizer: Optimizer {
  let state: [FloatBuffer] = []
  let stateNames: [String] = []
  let steps = 0
  func resume(after steps: Int) {}
  func begin(learningRate: Double) {}
  func update(_ parameters: FloatSlice, gradient: FloatSlice, state: Range<Int>) -> StepSums {
    .none
  }
}
