import Tensors

/// Times the dense kernels on one core and sets them against the core's multiply-add peak, which is
/// measured in the same run.
///
///     swift run -c release --package-path Benchmarks kernel-bench [avx512|avx2|portable]
@main
struct KernelBench {
  /// Layers of LeNet-300-100: inputs and neurons.
  static let shapes = [(inputs: 784, neurons: 300), (300, 100), (100, 10)]

  static func main() {
    guard let kernels = KernelSet.named(CommandLine.arguments.dropFirst().first) else {
      return print("this processor has \(KernelSet.available.map(\.name))")
    }
    let peak = peak(kernels)
    print("\(kernels.name): peak \(Int(peak / 1e9)) GFLOP/s")
    print("GFLOP/s on surviving work (share of peak)")
    print("shape     density blocks  forward      backward     weight gradient")
    for shape in shapes {
      for density in [1, 0.3, 0.1, 0.05] {
        for blocks in [1, 4] { measure(shape, density, blocks, kernels, peak) }
      }
    }
  }

  static func measure(
    _ shape: (inputs: Int, neurons: Int), _ density: Double, _ blocks: Int, _ kernels: KernelSet,
    _ peak: Double
  ) {
    let layer = DenseBench(shape, density: density, blocks: blocks, kernels: kernels)
    let times = [layer.forward, layer.backward, layer.weightGradient].map { best(of: $0) }
    let cells = times.map { seconds in
      let speed = layer.operations / seconds
      return padded("\(Int(speed / 1e9)) (\(Int(100 * speed / peak)) %)", 13)
    }
    let name = padded("\(shape.inputs)×\(shape.neurons)", 10)
    print(name + padded("\(density)", 8) + padded("\(blocks)", 8) + cells.joined())
  }

  /// Seconds of the fastest of many calls.
  static func best(of work: () -> Void) -> Double {
    (0..<200).map { _ in
      let start = ContinuousClock.now
      work()
      return (ContinuousClock.now - start) / .seconds(1)
    }.min() ?? .infinity
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
