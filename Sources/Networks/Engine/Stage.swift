import Tensors

/// Consecutive operations through which lane blocks go one by one (or, where runners want it so,
/// all at once).
final class Stage {
  /// An operation with the maps of each call: one for each block, or one for the share.
  private struct BoundOperation {
    let name: String
    let runner: any Runner
    let maps: [RunnerMaps]
    let isRecomputed: Bool
  }

  private let operations: [BoundOperation]
  private let takesWholeShare: Bool

  /// Whether a stage of these operations takes a share as a whole.
  static func takesWholeShare(_ operations: [Program.Operation]) -> Bool {
    operations.lazy.compactMap(\.runner.takesWholeShare).first ?? false
  }

  /// A stage over `maps`; `written` are the places of gradients that a later stage has begun.
  init(
    _ operations: [Program.Operation], _ maps: ProgramMaps, _ lifetimes: MapLifetimes, blocks: Int,
    written: inout Set<Int>
  ) {
    takesWholeShare = Self.takesWholeShare(operations)
    var bound: [BoundOperation] = []
    for operation in operations.reversed() {
      let adds = written.contains(lifetimes.gradientPlaces[operation.input])
      for map in [operation.output] + operation.gradients {
        written.insert(lifetimes.gradientPlaces[map])
      }
      let calls: [Int?] = takesWholeShare ? [nil] : (0..<blocks).map { $0 }
      bound.append(
        BoundOperation(
          name: operation.name, runner: operation.runner,
          maps: calls.map { maps.maps(operation, block: $0, adds: adds) },
          isRecomputed: lifetimes.isRecomputed(operation.output)
            && operation.runner.computesOutput))
    }
    self.operations = bound.reversed()
  }

  /// - Throws: what the sums over ranks throw.
  func forward(_ pass: Pass) throws {
    forEachCall(pass.share) { call, blocks in
      for operation in operations {
        pass.timeline.measure(operation.name, "forward") {
          operation.runner.forward(pass, blocks, operation.maps[call])
        }
      }
    }
    for operation in operations { try operation.runner.finishForward(pass) }
  }

  /// - Throws: what the sums over ranks, or the exchange of what is completed, throw.
  func backward(_ pass: Pass) throws {
    forEachCall(pass.share) { call, blocks in
      for operation in operations where operation.isRecomputed {
        pass.timeline.measure(operation.name, "forward") {
          operation.runner.recompute(operation.maps[call])
        }
      }
      for operation in operations.reversed() {
        pass.timeline.measure(operation.name, "backward") {
          operation.runner.backward(pass, blocks, operation.maps[call])
        }
      }
    }
    for operation in operations.reversed() { try operation.runner.finishBackward(pass) }
  }

  private func forEachCall(
    _ share: BlockShare, _ body: (_ call: Int, _ blocks: Range<Int>) -> Void
  ) {
    if share.count == 0 { return }
    if takesWholeShare { return body(0, 0..<share.count) }
    for block in 0..<share.count { body(block, block..<block + 1) }
  }
}

extension ProgramMaps {
  fileprivate func maps(_ operation: Program.Operation, block: Int?, adds: Bool) -> RunnerMaps {
    RunnerMaps(
      input: activation(operation.input, block: block),
      output: activation(operation.output, block: block),
      addend: operation.addend.map { activation($0, block: block) },
      outputGradient: gradient(operation.output, block: block),
      inputGradient: gradient(operation.input, block: block), addsGradient: adds,
      addendGradient: operation.addend.flatMap { gradient($0, block: block) })
  }
}
