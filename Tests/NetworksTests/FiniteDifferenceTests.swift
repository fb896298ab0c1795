import Networks
import Tensors
import TestSupport
import Testing

@Suite struct FiniteDifferenceTests {
  @Test("gradients by every surviving parameter match central differences in double precision")
  func gradients() throws {
    _ = BLASDenseProducts.prepare()
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    var checked = 0
    while checked < 60 {
      let task = RandomTask(using: &random)
      guard let differences = task.differences else { continue }
      checked += 1
      for kernels in KernelSet.available {
        for products in Products.allCases {
          let (gradient, loss) = try task.gradient(kernels: kernels, products: products)
          let path = "\(kernels.name), \(products), \(task.architecture.layers)"
          #expect(abs(loss - task.referenceLoss) <= 1e-5 * max(1, loss), "\(path)")
          check(gradient, against: differences, task, path)
        }
      }
    }
  }

  /// Every layer on its own, because the gradients of one may be much smaller than another's.
  private func check(
    _ gradient: [Float], against differences: [Double], _ task: RandomTask, _ path: String
  ) {
    let connections = task.mask.keptIndices
    #expect(gradient.count == connections.count)
    for group in ConnectionLayout(task.architecture).groups {
      let places = connections.indices.filter { group.range.contains(connections[$0]) }
      let largest = places.reduce(0) { max($0, abs(differences[$1])) }
      for place in places {
        // Differences of a loss near one are exact to about 1e-8.
        let difference = abs(Double(gradient[place]) - differences[place])
        #expect(difference <= 1e-3 * largest + 1e-7, "\(path), \(group.name)")
      }
    }
  }
}

extension RandomTask {
  private var reference: ReferenceNetwork {
    var full = [Double](repeating: 0, count: mask.count)
    for (place, connection) in mask.keptIndices.enumerated() {
      full[connection] = Double(parameters[place])
    }
    return ReferenceNetwork(architecture: architecture, parameters: full)
  }

  fileprivate var referenceLoss: Double {
    reference.evaluate(images.map { $0.map(Double.init) }, labels: labels.map(Int.init)).loss
  }

  /// The differences by every surviving parameter; nil where a rectifier's input lies so near zero
  /// that its slope is not defined.
  fileprivate var differences: [Double]? {
    let reference = reference
    let images = images.map { $0.map(Double.init) }
    let labels = labels.map(Int.init)
    let rectified = reference.evaluate(images, labels: labels).rectified
    guard rectified.allSatisfy({ $0 == 0 || abs($0) > 1e-4 }) else { return nil }
    return mask.keptIndices.map { reference.derivative(by: $0, images, labels: labels) }
  }
}
