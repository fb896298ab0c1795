import Communication
import Networks
import Optimizers
import Tensors

/// Checksums of what only this rank writes: the parameters it owns, their optimizer state, and its running
/// moments. A pass that writes them sums up what it writes; the next one that reads them must find the
/// same sum, or memory has changed by itself.
final class Seals {
  /// The part of a layer that lies in one segment of the parameters.
  private struct Piece {
    let group: Int
    let parameters, state: Range<Int>
    var sums: SIMD4<UInt32>
  }

  /// The running means or variances of a batch norm.
  private struct Moments {
    let name: String
    let range: Range<Int>
    var sum: UInt32
  }

  private let network: Network
  private let optimizer: any Optimizer
  /// In the order of the segments.
  private var pieces: [Piece] = []
  private var moments: [Moments]
  /// What was found first.
  private(set) var findings = Findings()

  /// Seals of the owned parameters of `network` with their optimizer state, as they are.
  init(_ network: Network, _ optimizer: any Optimizer, _ segments: ParameterSegments) {
    self.network = network
    self.optimizer = optimizer
    self.moments = network.layout.statisticTensors.map {
      Moments(name: $0.name, range: $0.range, sum: 0)
    }
    let ranges = network.parameterRanges
    for segment in segments.owned {
      for (group, range) in ranges.enumerated() {
        let part = range.clamped(to: segment.parameters)
        guard !part.isEmpty else { continue }
        let state = segment.state.lowerBound + part.lowerBound - segment.parameters.lowerBound
        pieces.append(
          Piece(
            group: group, parameters: part, state: state..<state + part.count, sums: .zero))
      }
    }
    close()
  }

  /// Takes everything as it is; for whoever wrote to it otherwise than by steps.
  func close() {
    for index in pieces.indices { pieces[index].sums = sums(of: pieces[index]) }
    closeStatistics()
    findings = Findings()
  }

  /// Steps the owned parameters of a segment, layer by layer, as `GradientExchange` wants it.
  func update(_ parameters: FloatSlice, gradient: FloatSlice, state: Range<Int>) {
    for index in pieces.indices where parameters.range.contains(pieces[index].parameters.lowerBound)
    {
      let piece = pieces[index]
      let start =
        gradient.range.lowerBound + piece.parameters.lowerBound - parameters.range.lowerBound
      let sums = optimizer.update(
        FloatSlice(parameters.buffer, piece.parameters),
        gradient: FloatSlice(gradient.buffer, start..<start + piece.parameters.count),
        state: piece.state)
      compare(piece, with: sums.read, before: optimizer.steps)
      pieces[index].sums = sums.written
      if !sums.isFinite {
        findings.add(
          Flaw(
            step: optimizer.steps, order: Flaw.ofGradient(at: piece.parameters.lowerBound),
            what: "the gradient of \(name(piece))"))
      }
    }
  }

  /// Does `write`, which reads running moments and writes new ones, in this step of the optimizer.
  func writingStatistics<Result>(in step: Int, _ write: () throws -> Result) rethrows -> Result {
    checkStatistics(before: step)
    defer { closeStatistics() }
    return try write()
  }

  /// Looks at everything now.
  func check() {
    for piece in pieces { compare(piece, with: sums(of: piece), before: optimizer.steps + 1) }
    checkStatistics(before: optimizer.steps + 1)
  }

  /// Notes what a step came to that is not finite.
  func note(_ flaw: Flaw) { findings.add(flaw) }

  private func compare(_ piece: Piece, with found: SIMD4<UInt32>, before step: Int) {
    guard piece.sums != found else { return }
    let names = ["parameters"] + optimizer.stateNames
    let buffer = names.indices.first { piece.sums[$0] != found[$0] } ?? 0
    findings.add(Change(step: step, what: "\(names[buffer]) of \(name(piece))"))
  }

  private func name(_ piece: Piece) -> String { network.layout.groups[piece.group].name }

  private func checkStatistics(before step: Int) {
    for moments in moments where sum(of: moments) != moments.sum {
      findings.add(Change(step: step, what: moments.name))
    }
  }

  private func closeStatistics() {
    for index in moments.indices { moments[index].sum = sum(of: moments[index]) }
  }

  private func sum(of moments: Moments) -> UInt32 {
    network.kernels.wordSum(FloatSlice(network.statistics, moments.range))
  }

  private func sums(of piece: Piece) -> SIMD4<UInt32> {
    var sums = SIMD4<UInt32>.zero
    sums[0] = network.kernels.wordSum(FloatSlice(network.parameters, piece.parameters))
    for (index, state) in optimizer.state.enumerated() {
      sums[index + 1] = network.kernels.wordSum(FloatSlice(state, piece.state))
    }
    return sums
  }
}
