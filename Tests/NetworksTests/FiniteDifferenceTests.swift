import Networks
import Tensors
import TestSupport
import Testing

/// Forward and backward passes of every kind of layer, in stacks of a few, against plain loops in
/// double precision and their central differences.
@Suite struct FiniteDifferenceTests {
  init() { _ = BLASDenseProducts.prepare() }

  @Test(
    "Gradients by parameters and images are the derivatives", arguments: RandomStack.Kind.allCases)
  func gradients(_ kind: RandomStack.Kind) throws {
    try repeatedly(20, kind, ranks: 1, on: KernelSet.available)
  }

  @Test(
    "So they are where each rank normalises its own images, or has none",
    arguments: [RandomStack.Kind.batchNorm, .projectedShortcut, .wholeResNet, .wholeVGG], 2...3)
  func localMoments(_ kind: RandomStack.Kind, ranks: Int) throws {
    try repeatedly(5, kind, ranks: ranks, on: [KernelSet.available[0]])
  }

  private func repeatedly(
    _ count: Int, _ kind: RandomStack.Kind, ranks: Int, on sets: [KernelSet]
  ) throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed("\(kind)"))
    var checked = 0
    while checked < count {
      let architecture = RandomStack.architecture(kind, using: &random)
      let task = RandomTask(architecture, using: &random)
      guard let expected = Expected(task, ranks: ranks, using: &random) else { continue }
      checked += 1
      for kernels in sets {
        for engine in Engine.allCases { try check(task, expected, kernels, engine) }
      }
    }
  }

  @Test(
    "Passes that do not train use running moments and drop nothing; shortcuts are observed unmasked",
    arguments: RandomStack.Kind.allCases)
  func evaluation(_ kind: RandomStack.Kind) throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed("\(kind)"))
    for mode in [Pass.Mode.evaluation, .observation, .evaluation, .observation] {
      let architecture = RandomStack.architecture(kind, using: &random)
      let task = RandomTask(architecture, using: &random)
      let statistics = Network.freshStatistics(ConnectionLayout(architecture))
      for index in 0..<statistics.count {
        statistics[index] += .random(in: -0.5...1, using: &random)
      }
      let reference = ReferenceNetwork(task, mode: mode, statistics: statistics)
      let expected = reference.evaluate().logits
      for kernels in KernelSet.available {
        for engine in Engine.allCases {
          let logits = try task.logits(
            mode, statistics: statistics, kernels: kernels, engine: engine)
          expectClose(logits, expected, "\(mode), \(Self.path(task, kernels, engine))")
        }
      }
    }
  }

  @Test(
    "Gradients of passes that do not train are derivatives, too, with running moments held",
    arguments: RandomStack.Kind.allCases)
  func gradientsInEvaluation(_ kind: RandomStack.Kind) throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed("\(kind)"))
    var checked = 0
    while checked < 5 {
      let architecture = RandomStack.architecture(kind, using: &random)
      let task = RandomTask(architecture, using: &random)
      let statistics = Network.freshStatistics(ConnectionLayout(architecture))
      for index in 0..<statistics.count {
        statistics[index] += .random(in: -0.5...1, using: &random)
      }
      guard
        let expected = Expected(
          task, .evaluation, ranks: 1, statistics: statistics, using: &random)
      else { continue }
      checked += 1
      for kernels in KernelSet.available {
        for engine in Engine.allCases { try check(task, expected, kernels, engine) }
      }
    }
  }

  private func check(
    _ task: RandomTask, _ expected: Expected, _ kernels: KernelSet, _ engine: Engine
  ) throws {
    let gradient = try task.gradient(
      expected.mode, statistics: expected.statistics, kernels: kernels, engine: engine,
      ranks: expected.ranks)
    let (path, outcome) = (Self.path(task, kernels, engine), expected.outcome)
    #expect(abs(gradient.loss - outcome.loss) <= 1e-5 * max(1, outcome.loss), "\(path)")
    expectClose(gradient.logits, outcome.logits, "\(path)")
    expectClose(gradient.statistics, outcome.statistics, "\(path)")
    for derivative in expected.derivatives {
      let (actual, scale) = derivative.direction.product(with: gradient)
      // Sums of some hundred products in single precision are good to 1e-5. Where a batch norm
      // cancels a gradient, as it does along a filter, what is left is the rounding of what was
      // cancelled.
      #expect(
        abs(actual - derivative.value) <= 2e-4 * scale + 1e-5,
        "\(derivative.direction.name): \(actual), not \(derivative.value); \(path)")
    }
  }

  private func expectClose(_ actual: [[Float]], _ expected: [[Double]], _ path: String) {
    let (actual, expected) = (Array(actual.joined()), Array(expected.joined()))
    let scale = expected.reduce(1) { max($0, abs($1)) }
    // No largest difference, which a NaN would not be.
    let isClose = zip(expected, actual).allSatisfy { abs($0 - Double($1)) <= 1e-5 * scale }
    #expect(expected.count == actual.count && isClose, "\(path)")
  }

  private static func path(
    _ task: RandomTask, _ kernels: KernelSet, _ engine: Engine
  ) -> String {
    """
    \(kernels.name), \(engine), \(task.images.count) images of \(task.architecture.input), \
    \(task.mask.keptCount) of \(task.mask.count) kept, \(task.architecture.layers)
    """
  }
}

/// What a task's pass should come to.
private struct Expected {
  let mode: Pass.Mode
  let ranks: Int
  /// Running moments before.
  let statistics: FloatBuffer
  let outcome: ReferenceNetwork.Outcome
  let derivatives: [(direction: Direction, value: Double)]

  /// Nil where a rectifier or a maximum lies so near its kink that single precision may take the
  /// other side, or a variance so small that its digits are mostly rounding.
  init?(
    _ task: RandomTask, _ mode: Pass.Mode = .training, ranks: Int,
    statistics: FloatBuffer? = nil, using random: inout SeededRandom
  ) {
    (self.mode, self.ranks) = (mode, ranks)
    self.statistics =
      statistics ?? Network.freshStatistics(ConnectionLayout(task.architecture))
    let reference = ReferenceNetwork(
      task, mode: mode, ranks: ranks, statistics: self.statistics)
    outcome = reference.evaluate()
    guard outcome.margin > 2e-5, outcome.conditioning > 3e-2 else { return nil }
    derivatives = Direction.random(task, using: &random).map {
      ($0, reference.derivative(along: $0))
    }
  }
}

extension ReferenceNetwork {
  init(_ task: RandomTask, mode: Pass.Mode, ranks: Int = 1, statistics: FloatBuffer) {
    let layout = ConnectionLayout(task.architecture)
    var parameters = [Double](repeating: 0, count: layout.parameterCount)
    layout.forEachKept(task.mask) { to, from in
      for (source, target) in zip(from, to) { parameters[target] = Double(task.parameters[source]) }
    }
    self.init(
      task.architecture, mask: task.mask, parameters: parameters,
      images: task.images.map { $0.map(Double.init) }, labels: task.labels.map(Int.init),
      randomKey: task.randomKey, samples: task.samples, mode: mode,
      normalised: (0..<ranks).map {
        BlockShare(images: task.images.count, rank: $0, worldSize: ranks).imageRange
      },
      statistics: statistics.elements.map(Double.init))
  }
}

extension Direction {
  /// Two by the surviving parameters of every group, because the gradients of one may be much
  /// smaller than another's, and two by the images. Every change is random, so that no wrong number
  /// can hide: an error of a gradient shows in the product with the direction as large as it is.
  static func random(_ task: RandomTask, using random: inout SeededRandom) -> [Direction] {
    let layout = ConnectionLayout(task.architecture)
    var directions: [Direction] = []
    for group in layout.groups where layout.parameterCount(task.mask) > 0 {
      for _ in 0..<2 {
        var direction = Direction(
          name: group.name, parameters: [Double](repeating: 0, count: layout.parameterCount))
        let places =
          group.parameterOffset..<group.parameterOffset + group.units * group.parametersPerUnit
        layout.forEachKept(task.mask) { full, _ in
          for place in full where places.contains(place) {
            direction.parameters[place] = .random(in: -1...1, using: &random)
          }
        }
        if direction.parameters.contains(where: { $0 != 0 }) { directions.append(direction) }
      }
    }
    for _ in 0..<2 {
      directions.append(
        Direction(
          name: "images",
          images: task.images.map { $0.map { _ in .random(in: -1...1, using: &random) } }))
    }
    return directions
  }

  /// The derivative along it by `gradient`, and the size of what is added up to that.
  func product(with gradient: RandomTask.Gradient) -> (value: Double, scale: Double) {
    let terms =
      zip(parameters, gradient.parameters).map { $0 * $1 }
      + zip(images.joined(), gradient.images.joined()).map { $0 * $1 }
    return (terms.reduce(0, +), terms.reduce(0) { $0 + $1 * $1 }.squareRoot())
  }
}
