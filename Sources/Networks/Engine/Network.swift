import Tensors

/// How the products of layers are computed.
package enum Products: String, Sendable, CaseIterable {
  /// By the micro-kernels, over the surviving connections only.
  case lane
  /// By OpenBLAS on full matrices, pruned weights as zeros.
  case openblas
}

/// A replica of a network: its architecture, its mask and the parameters that survive it.
///
/// Parameters and gradients are flat buffers of exactly the surviving numbers in the order of the mask;
/// a pruned connection has no storage anywhere.
package final class Network {
  /// Its architecture, worked out.
  package let blueprint: Blueprint
  /// Which connections are kept.
  package let mask: Mask
  /// The surviving parameters.
  package let parameters: FloatBuffer
  /// For each batch norm the running means, then variances, of all its channels.
  package let statistics: FloatBuffer
  /// The kernels every layer runs on.
  package let kernels: KernelSet
  /// How products are computed.
  package let products: Products
  /// Weights and biases of dense layers and convolutions that survive.
  package let kept: Int
  /// Weights and biases of dense layers and convolutions of the unpruned network.
  package let total: Int

  /// A network with these surviving parameters; without, they are all zero. Without statistics, means
  /// are 0 and variances 1.
  package init(
    _ blueprint: Blueprint, mask: Mask, parameters: FloatBuffer? = nil,
    statistics: FloatBuffer? = nil, kernels: KernelSet, products: Products = .lane
  ) {
    let layout = blueprint.layout
    let count = layout.parameterCount(mask)
    precondition(mask.count == layout.count, "\(mask.count) bits for \(layout.count) connections")
    precondition(
      parameters.map { $0.count == count } ?? true,
      "\(parameters?.count ?? 0) parameters where the mask keeps \(count)")
    self.blueprint = blueprint
    self.mask = mask
    self.parameters = parameters ?? FloatBuffer(count: count, for: "parameters")
    self.statistics = statistics ?? Self.freshStatistics(layout)
    self.kernels = kernels
    self.products = products
    self.kept = layout.keptCount(mask)
    self.total = layout.keptCount(Mask(count: mask.count))
  }

  /// The unpruned network of `architecture`, as the other initialiser makes it.
  package convenience init(
    _ architecture: Architecture, mask: Mask, parameters: FloatBuffer? = nil, kernels: KernelSet,
    products: Products = .lane
  ) {
    self.init(
      Blueprint(architecture), mask: mask, parameters: parameters, kernels: kernels,
      products: products)
  }

  /// What it was made from.
  package var architecture: Architecture { blueprint.architecture }
  /// All connections, kept and pruned.
  package var layout: ConnectionLayout { blueprint.layout }

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

  /// The same network under a mask that is a subset of its own: survivors move together, the rest is
  /// gone.
  package func compacted(to mask: Mask) -> Network {
    Network(
      blueprint, mask: mask, parameters: compact(parameters, to: mask),
      statistics: statistics.duplicate(), kernels: kernels, products: products)
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
      layout.groups.filter { $0.kind == .batchNorm }.flatMap {
        [Float](repeating: 0, count: $0.units) + [Float](repeating: 1, count: $0.units)
      })
  }
}
