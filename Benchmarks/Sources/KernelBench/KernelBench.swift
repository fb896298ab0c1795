import Tensors

/// Times the kernels on one core and sets them against the core's multiply-add peak, which is
/// measured in the same run.
///
///     swift run -c release kernel-bench [dense|convolution|openblas] [avx512|avx2|portable]
///
/// `openblas` times the classical convolutions for comparison.
@main
struct KernelBench {
  /// Layers of LeNet-300-100: inputs and neurons.
  static let shapes: [(inputs: Int, neurons: Int)] = [(784, 300), (300, 100), (100, 10)]

  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    let parts = arguments.filter(["dense", "convolution", "openblas"].contains)
    let set = arguments.first { !parts.contains($0) }
    guard let kernels = KernelSet.named(set) else {
      return print("this processor has \(KernelSet.available.map(\.name))")
    }
    let peak = peak(kernels)
    print("\(kernels.name): peak \(Int(peak / 1e9)) GFLOP/s")
    print("GFLOP/s on surviving work (share of peak)")
    if parts.isEmpty || parts.contains("dense") { dense(kernels, peak) }
    if parts.isEmpty || parts.contains("convolution") { convolution(kernels, peak, blas: false) }
    if parts.contains("openblas") {
      print(BLASDenseProducts.prepare())
      convolution(kernels, peak, blas: true)
    }
  }

  static func dense(_ kernels: KernelSet, _ peak: Double) {
    print("shape     density blocks  forward      backward     weight gradient")
    for shape in shapes {
      for density in [1, 0.3, 0.1, 0.05] {
        for blocks in [1, 4] {
          let layer = DenseBench(shape, density: density, blocks: blocks, kernels: kernels)
          let name = padded("\(shape.inputs)×\(shape.neurons)", 10)
          let products = [layer.forward, layer.backward, layer.weightGradient]
          print(
            name + padded("\(density)", 8) + padded("\(blocks)", 8)
              + cells(products, layer.operations, peak))
        }
      }
    }
  }

  /// Four lane blocks: one rank's share of a batch of 128 on two ranks. Of 1×1 kernels, which are
  /// ResNet-50's, one: its share of a batch of 32.
  static func convolution(_ kernels: KernelSet, _ peak: Double, blas: Bool) {
    print("convolution          density forward      backward     weight gradient")
    for shape in ConvolutionBench.shapes {
      for density in blas ? [1] : [1, 0.1] {
        let layer = ConvolutionBench(
          shape, density: density, blocks: shape.kernel == 1 ? 1 : 4, kernels: kernels, blas: blas)
        let name =
          "\(shape.inputs)→\(shape.filters)@\(shape.height) \(shape.kernel)×\(shape.kernel)"
          + (shape.stride > 1 ? " /\(shape.stride)" : "")
        let products = [layer.forward, layer.backward, layer.weightGradient]
        print(
          padded(name, 21) + padded("\(density)", 8) + cells(products, layer.operations, peak))
      }
    }
  }

  static func cells(_ products: [() -> Void], _ operations: Double, _ peak: Double) -> String {
    products.map { product in
      let speed = operations / best(of: product)
      return padded("\(Int(speed / 1e9)) (\(Int(100 * speed / peak)) %)", 13)
    }.joined()
  }

  /// Seconds of the fastest of up to 200 calls, fewer of slow ones.
  static func best(of work: () -> Void) -> Double {
    let begin = ContinuousClock.now
    var best = Double.infinity
    for call in 0..<200 where call < 10 || ContinuousClock.now - begin < .seconds(1) {
      let start = ContinuousClock.now
      work()
      best = min(best, start.elapsedSeconds)
    }
    return best
  }

  static func peak(_ kernels: KernelSet) -> Double {
    let iterations = 100_000
    let operations = kernels.multiplyAddRounds(iterations)
    return operations / best(of: { _ = kernels.multiplyAddRounds(iterations) })
  }

  static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
