import Communication
import Networks
import Optimizers
import Tensors

/// An optimizer whose parameters and state only this rank writes, with checksums of both. A step
/// sums up what it reads and what it writes; the next one must read the same sum, or memory has
/// changed by itself.
final class CheckedOptimizer: Optimizer {
  /// The part of a layer that lies in one segment of the parameters.
  private struct Part {
    let group: Int
    let parameters, state: Range<Int>
    var sums: SIMD4<UInt32>
  }

  private let optimizer: any Optimizer
  private let network: Network
  private let log: FaultLog
  /// In the order of the segments.
  private var parts: [Part] = []

  /// Checks `optimizer`, which steps the owned parameters of `network`, and takes both as they are.
  init(
    _ optimizer: any Optimizer, _ network: Network, _ segments: ParameterSegments, _ log: FaultLog
  ) {
    (self.optimizer, self.network, self.log) = (optimizer, network, log)
    let ranges = network.parameterRanges
    for segment in segments.owned {
      for (group, range) in ranges.enumerated() {
        let part = range.clamped(to: segment.parameters)
        guard !part.isEmpty else { continue }
        let state = segment.state.lowerBound + part.lowerBound - segment.parameters.lowerBound
        parts.append(
          Part(group: group, parameters: part, state: state..<state + part.count, sums: .zero))
      }
    }
    renewChecksums()
  }

  var state: [FloatBuffer] { optimizer.state }
  var stateNames: [String] { optimizer.stateNames }
  var steps: Int { optimizer.steps }
  func resume(after steps: Int) { optimizer.resume(after: steps) }
  func begin(learningRate: Double) { optimizer.begin(learningRate: learningRate) }

  /// Steps the parameters of a segment, layer by layer.
  func update(
    _ parameters: FloatSlice, gradient: FloatSlice, state: Range<Int>
  ) -> StepSums {
    var total = StepSums.none
    for index in parts.indices where parameters.range.contains(parts[index].parameters.lowerBound) {
      let part = parts[index]
      let start =
        gradient.range.lowerBound + part.parameters.lowerBound - parameters.range.lowerBound
      let sums = optimizer.update(
        FloatSlice(parameters.buffer, part.parameters),
        gradient: FloatSlice(gradient.buffer, start..<start + part.parameters.count),
        state: part.state)
      compare(part, with: sums.read, before: optimizer.steps)
      parts[index].sums = sums.written
      total.add(sums)
      if !sums.isFinite {
        log.faults.add(
          NonFinite(
            step: optimizer.steps, order: NonFinite.ofGradient(at: part.parameters.lowerBound),
            what: "the gradient of \(name(part))"))
      }
    }
    return total
  }

  /// Takes everything as it is; for whoever wrote to it otherwise than by steps.
  func renewChecksums() {
    for index in parts.indices { parts[index].sums = sums(of: parts[index]) }
  }

  /// Looks at everything now.
  func check() {
    for part in parts { compare(part, with: sums(of: part), before: optimizer.steps + 1) }
  }

  private func compare(_ part: Part, with found: SIMD4<UInt32>, before step: Int) {
    guard part.sums != found else { return }
    let names = ["parameters"] + optimizer.stateNames
    let buffer = names.indices.first { part.sums[$0] != found[$0] } ?? 0
    log.faults.add(Corruption(step: step, what: "\(names[buffer]) of \(name(part))"))
  }

  private func name(_ part: Part) -> String { network.layout.groups[part.group].name }

  private func sums(of part: Part) -> SIMD4<UInt32> {
    var sums = SIMD4<UInt32>.zero
    sums[0] = network.kernels.wordSum(FloatSlice(network.parameters, part.parameters))
    for (index, state) in optimizer.state.enumerated() {
      sums[index + 1] = network.kernels.wordSum(FloatSlice(state, part.state))
    }
    return sums
  }
}
