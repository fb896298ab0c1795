import Tensors

/// A replica of a network: its architecture, its mask and the parameters that survive it.
///
/// Parameters and gradients are flat buffers of exactly the surviving numbers in the order of the
/// mask; a pruned connection has no storage anywhere.
package final class Network {
  /// Its architecture, worked out.
  package let graph: Graph
  /// Which connections are kept.
  package let mask: Mask
  /// The surviving parameters.
  package let parameters: FloatBuffer
  /// For each batch norm the running means, then variances, of all its channels.
  package let statistics: FloatBuffer
  /// The kernels every layer runs on.
  package let kernels: KernelSet
  /// How products are computed.
  package let engine: Engine
  /// Weights and biases of dense layers and convolutions that survive.
  package let kept: Int
  /// Weights and biases of dense layers and convolutions of the unpruned network.
  package let total: Int

  /// A network with these surviving parameters; without, they are all zero. Without statistics,
  /// means are 0 and variances 1.
  package init(
    _ graph: Graph, mask: Mask, parameters: FloatBuffer? = nil,
    statistics: FloatBuffer? = nil, kernels: KernelSet, engine: Engine = .lane
  ) {
    let layout = graph.layout
    let count = layout.parameterCount(mask)
    precondition(mask.count == layout.count, "\(mask.count) bits for \(layout.count) connections")
    precondition(
      parameters.map { $0.count == count } ?? true,
      "\(parameters?.count ?? 0) parameters where the mask keeps \(count)")
    self.graph = graph
    self.mask = mask
    self.parameters = parameters ?? FloatBuffer(count: count, for: "parameters")
    self.statistics = statistics ?? Self.freshStatistics(layout)
    self.kernels = kernels
    self.engine = engine
    self.kept = layout.keptCount(mask)
    self.total = layout.keptCount(Mask(count: mask.count))
  }

  /// A network of `architecture`, as the other initialiser makes it.
  package convenience init(
    _ architecture: Architecture, mask: Mask, parameters: FloatBuffer? = nil, kernels: KernelSet,
    engine: Engine = .lane
  ) {
    self.init(
      Graph(architecture), mask: mask, parameters: parameters, kernels: kernels,
      engine: engine)
  }

  /// The unpruned network of `graph` with fresh parameters drawn by `seed`; without a seed they are
  /// all zero.
  package static func unpruned(
    _ graph: Graph, seed: Int? = nil, by initialisation: Initialisation = .kaiming,
    kernels: KernelSet, engine: Engine = .lane
  ) -> Network {
    Network(
      graph, mask: Mask(count: graph.layout.count),
      parameters: seed.map {
        initialParameters(graph.architecture, seed: $0, by: initialisation)
      }, kernels: kernels, engine: engine)
  }

  /// What it was made from.
  package var architecture: Architecture { graph.architecture }
  /// All connections, kept and pruned.
  package var layout: ConnectionLayout { graph.layout }

  /// Kept / total.
  package var density: Double { Double(kept) / Double(total) }

  /// Where each group's surviving parameters lie.
  package var parameterRanges: [Range<Int>] {
    var start = 0
    return layout.groups.map { group in
      let count = ConnectionLayout(groups: [group]).parameterCount(mask)
      defer { start += count }
      return start..<start + count
    }
  }

  /// The same network under a mask that is a subset of its own: survivors move together, the rest
  /// is gone.
  package func compacted(to mask: Mask) -> Network {
    Network(
      graph, mask: mask, parameters: compact(parameters, to: mask),
      statistics: statistics.duplicate(), kernels: kernels, engine: engine)
  }

  /// The numbers of `values` (one a surviving parameter) that survive `mask`, too.
  package func compact(_ values: FloatBuffer, to mask: Mask) -> FloatBuffer {
    precondition(mask.isSubset(of: self.mask), "a mask revives a pruned connection")
    let full = expanded(values)
    let compact = FloatBuffer(count: layout.parameterCount(mask), for: "parameters")
    layout.forEachKept(mask) { from, to in
      for (source, target) in zip(from, to) { compact[target] = full[source] }
    }
    return compact
  }

  /// The parameters of all connections in canonical order, 0 where pruned.
  package var fullParameters: [Float] { expanded(parameters) }

  private func expanded(_ values: FloatBuffer) -> [Float] {
    var full = [Float](repeating: 0, count: layout.parameterCount)
    layout.forEachKept(mask) { to, from in
      for (source, target) in zip(from, to) { full[target] = values[source] }
    }
    return full
  }

  /// Means of 0 and variances of 1.
  package static func freshStatistics(_ layout: ConnectionLayout) -> FloatBuffer {
    FloatBuffer(
      layout.groups.filter { $0.statisticsPerUnit > 0 }.flatMap {
        [Float](repeating: 0, count: $0.units) + [Float](repeating: 1, count: $0.units)
      })
  }
}
