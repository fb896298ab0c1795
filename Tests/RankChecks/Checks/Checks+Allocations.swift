import CountedAllocations
import Datasets
import Foundation
import Networks
import Optimizers
import Tensors
import Training

extension Checks {
  /// A step uses what the steps before it have made, and allocates nothing.
  func allocations() {
    for (name, kind) in [
      ("lenet300-100", KnownOptimizer.adam), ("lenet5", .sgd), ("resnet20", .sgd),
      ("vgg11", .adam),
    ] {
      check("a step of \(name) allocates nothing") { try step(of: name, kind) }
    }
  }

  private func step(of name: String, _ kind: KnownOptimizer) throws {
    guard let architecture = KnownNetwork.named(name)?.usual else {
      preconditionFailure("unknown network \(name)")
    }
    let images = ImageSet.synthetic(count: 128, shape: architecture.input, classes: 10)
    let network = Network(
      architecture, mask: Mask(count: ConnectionLayout(architecture).count),
      parameters: Network.initialParameters(architecture, seed: 1),
      kernels: KernelSet.available[0])
    let replica = Replica(
      network, batch: 128,
      optimizer: OptimizerSettings(kind: kind, weightDecay: 5e-4, momentum: 0.9),
      clipNorm: kind == .sgd ? 1e-3 : 0, communicator: communicator)
    let isColour = architecture.input.channels == 3
    let batches = Subset(images, order: Array(0..<128), isAugmented: isColour).batches(of: 128)
    for _ in 0..<3 { _ = try replica.step(batches[0], learningRate: 1e-3) }
    counted_allocations_start()
    _ = try replica.step(batches[0], learningRate: 1e-3)
    let count = counted_allocations_stop()
    if count > 0 { counted_allocations_show(FileHandle.standardError.fileDescriptor) }
    try expect(count, 0, "allocations")
  }
}
