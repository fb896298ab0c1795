import Communication
import Datasets
import Networks
import Optimizers
import Runs
import Tensors
import Training

/// A pruned network that trains, with all of its memory that can be harmed.
final class AuditSubject {
  /// A word of a rank's memory.
  struct Word {
    let kind: String
    /// What an alarm calls it.
    let name: String
    /// Whether steps go on with it, and find it themselves.
    let isStepped: Bool
    let flip: (_ bit: Int) -> Void
  }

  /// All kinds there are.
  static let kinds = ["parameters", "state", "moments", "initial weights", "list", "mask"]

  private static let batch = 120

  let replica: Replica
  private let prunable: PrunableNetwork
  private let batches: [Batch]
  private var taken = 0

  init(
    _ kind: KnownOptimizer, _ scope: BatchNormScope, _ communicator: any Communicator
  ) throws {
    let shape = FeatureShape(channels: 2, height: 6, width: 6)
    let architecture = Architecture(
      name: "small", input: shape, classes: 3,
      layers: [
        .convolution("maps", filters: 8, kernel: 3, padding: 1, bias: false), .batchNorm("norm"),
        .rectifier, .convolution("more", filters: 8, kernel: 3, padding: 1, bias: true),
        .globalAveragePool, .dense("hidden", neurons: 9), .rectifier, .dense("classes", neurons: 3),
      ])
    let layout = ConnectionLayout(architecture)
    let full = Network(
      architecture, mask: Mask(count: layout.count),
      parameters: Network.initialParameters(architecture, seed: 1),
      kernels: KernelSet.available[0])
    var mask = full.mask
    let random = CounterRandom(seed: 1, purpose: .randomCriterion)
    for group in layout.groups where group.isCounted {
      for index in group.range { mask[index] = random.uniform(index) < 0.7 }
    }
    let network = full.compacted(to: mask)
    prunable = PrunableNetwork(network: network, initial: network.parameters.duplicate())
    replica = Replica(
      network, batch: Self.batch,
      optimizer: OptimizerSettings(kind: kind, weightDecay: 1e-4, momentum: 0.9),
      batchNorm: scope, communicator: communicator)
    let images = ImageSet.synthetic(count: 200, shape: shape, classes: 3)
    batches = Subset(images, order: Array(0..<200)).batches(of: Self.batch)
  }

  func steps(_ count: Int) throws {
    for _ in 0..<count {
      _ = try replica.step(batches[taken % 2], learningRate: 1e-3)
      taken += 1
    }
  }

  func audit() throws { try replica.audit(prunable.tensors, step: taken) }

  /// What an audit complains of.
  func alarm() throws -> String {
    do { try audit() } catch let error as ReplicaError {
      guard error.exitCode == .replicasDisagree else { throw error }
      return error.what
    }
    return "no alarm"
  }

  /// Does `body` and puts everything back that steps change.
  func saved(_ body: () throws -> Void) throws {
    let buffers =
      [replica.network.parameters, replica.network.statistics] + replica.optimizer.state
    let copies = buffers.map { $0.duplicate() }
    try body()
    for (buffer, copy) in zip(buffers, copies) { buffer.copy(from: copy) }
    undo.forEach { $0() }
    undo = []
    replica.renewChecksums()
  }

  /// Flips that no step writes over.
  private var undo: [() -> Void] = []
}

extension AuditSubject {
  /// Words of this rank's memory: what it alone writes and what all hold alike, or (of others) the
  /// parameters that it only has a copy of.
  func words(ofOthers: Bool) -> [Word] {
    let network = replica.network
    let owned = replica.segments.owned
    let layers = Array(zip(network.layout.groups, network.parameterRanges))
    func layer(_ parameter: Int) -> String {
      layers.first { $1.contains(parameter) }?.0.name ?? ""
    }
    var words: [Word] = []
    for parameter in 0..<network.parameters.count {
      let segment = owned.first { $0.parameters.contains(parameter) }
      guard (segment == nil) == ofOthers else { continue }
      words.append(
        word("parameters", network.parameters, parameter, "parameters of \(layer(parameter))"))
      guard let segment else { continue }
      let place = segment.state.lowerBound + parameter - segment.parameters.lowerBound
      for (state, name) in zip(replica.optimizer.state, replica.optimizer.stateNames) {
        words.append(word("state", state, place, "\(name) of \(layer(parameter))"))
      }
    }
    guard !ofOthers else { return words }
    for tensor in network.layout.statisticTensors {
      words += tensor.range.map { word("moments", network.statistics, $0, tensor.name) }
    }
    return words + constants(layers.flatMap { group, range in range.map { _ in group.name } })
  }

  private func word(_ kind: String, _ buffer: FloatBuffer, _ index: Int, _ name: String) -> Word {
    Word(kind: kind, name: name, isStepped: true) { bit in
      buffer[index] = Float(bitPattern: buffer[index].bitPattern ^ 1 << UInt32(bit))
    }
  }

  /// What steps never write: initial weights, lists, masks.
  private func constants(_ layerOfParameter: [String]) -> [Word] {
    var words: [Word] = []
    if let initial = prunable.initial {
      words += layerOfParameter.enumerated().map { index, layer in
        constant("initial weights", "initial weights of \(layer)") { bit in
          initial[index] = Float(bitPattern: initial[index].bitPattern ^ 1 << UInt32(bit))
        }
      }
    }
    for (group, lists) in replica.workspace.lists {
      let name = "connectivity list of \(replica.network.layout.groups[group].name)"
      for list in lists {
        words += (0..<list.count).map { index in
          constant("list", name) { list[index] ^= 1 << UInt32($0) }
        }
      }
    }
    let mask = replica.network.mask
    for group in replica.network.layout.groups {
      words += group.range.map { index in
        constant("mask", "mask of \(group.name)") { _ in mask.flipInPlace(index) }
      }
    }
    return words
  }

  private func constant(_ kind: String, _ name: String, _ flip: @escaping (Int) -> Void) -> Word {
    Word(kind: kind, name: name, isStepped: false) { [self] bit in
      flip(bit)
      undo.append { flip(bit) }
    }
  }
}

extension Mask {
  /// Flips a bit where the mask lies, behind the back of all that share it.
  fileprivate func flipInPlace(_ index: Int) {
    withWords(in: 0..<count / 64 * 64) { inner, _ in
      UnsafeMutablePointer(mutating: inner.baseAddress)?[index / 64] ^= 1 << UInt64(index % 64)
    }
  }
}
