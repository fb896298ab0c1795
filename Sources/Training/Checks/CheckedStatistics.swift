import Networks
import Tensors

/// Checksums of the running moments of batch norms, which only passes in training write.
final class CheckedStatistics {
  /// The running means or variances of a batch norm.
  private struct Moments {
    let name: String
    let range: Range<Int>
    var sum: UInt32
  }

  private let network: Network
  private let log: FaultLog
  private var moments: [Moments]

  /// Takes those of `network` as they are.
  init(_ network: Network, _ log: FaultLog) {
    (self.network, self.log) = (network, log)
    moments = network.layout.statisticTensors.map {
      Moments(name: $0.name, range: $0.range, sum: 0)
    }
    renewChecksums()
  }

  /// Does `write`, which reads running moments and writes new ones, in this step of the optimizer.
  func writing<Result>(in step: Int, _ write: () throws -> Result) rethrows -> Result {
    check(before: step)
    defer { renewChecksums() }
    return try write()
  }

  /// Takes everything as it is; for whoever wrote to it otherwise.
  func renewChecksums() {
    for index in moments.indices { moments[index].sum = sum(of: moments[index]) }
  }

  /// Looks at everything now.
  func check(before step: Int) {
    for moments in moments where sum(of: moments) != moments.sum {
      log.faults.add(Corruption(step: step, what: moments.name))
    }
  }

  private func sum(of moments: Moments) -> UInt32 {
    network.kernels.wordSum(FloatSlice(network.statistics, moments.range))
  }
}
