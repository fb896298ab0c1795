extension InferenceGraph {
  /// The network without what makes no difference: scales are folded into the products before
  /// them, rectifiers into what they rectify, and only units stay that are neither constant nor
  /// unread. (Constants that a padded convolution reads stay, since zeros around a map are none.)
  ///
  /// - Parameter value: the number that an activation makes of another.
  func simplified(_ value: (Activation, Float) -> Float) -> InferenceGraph {
    var graph = self
    graph.foldScales()
    graph.foldRectifiers()
    graph = graph.compacted(value)
    graph.removePlainSums()
    return graph
  }

  /// What writes `map`, where operation `reader` alone reads it.
  private func producer(of map: Int, for reader: Int) -> Int? {
    guard readers(of: map) == [reader] else { return nil }
    return operations.firstIndex { $0.output == map }
  }

  /// Removes operation `index`; what read its output reads `map` instead.
  private mutating func remove(_ index: Int, readingInstead map: Int) {
    let output = operations.remove(at: index).output
    for reader in operations.indices {
      operations[reader].inputs = operations[reader].inputs.map { $0 == output ? map : $0 }
    }
  }

  private mutating func foldScales() {
    for index in operations.indices.reversed() {
      guard case .scale(let scale) = operations[index].kind,
        let producer = producer(of: operations[index].inputs[0], for: index),
        case .product(var product) = operations[producer].kind, !operations[producer].rectifies
      else { continue }
      product.multiply(by: scale)
      operations[producer].kind = .product(product)
      remove(index, readingInstead: operations[producer].output)
    }
  }

  private mutating func foldRectifiers() {
    for index in operations.indices.reversed() {
      guard case .activation(.rectifier) = operations[index].kind,
        let producer = producer(of: operations[index].inputs[0], for: index),
        operations[producer].canRectify
      else { continue }
      operations[producer].rectifies = true
      remove(index, readingInstead: operations[producer].output)
    }
  }

  /// A sum that nothing is added in puts out what it reads.
  private mutating func removePlainSums() {
    for index in operations.indices.reversed() {
      guard case .sum(let sum) = operations[index].kind, !operations[index].rectifies,
        sum.terms.count == 1, sum.terms[0].stride == 1, sum.summands.allSatisfy({ $0 == 0 }),
        operations[index].output != logits
      else { continue }
      let map = operations[index].inputs[0]
      let all: [Int?] = (0..<shapes[map].channels).map { $0 }
      if sum.terms[0].channels == all { remove(index, readingInstead: map) }
    }
  }
}

extension InferenceGraph.Operation {
  fileprivate var canRectify: Bool {
    switch kind {
    case .product, .scale, .sum: !rectifies
    case .activation, .maxPool, .mean: false
    }
  }
}

extension InferenceProduct {
  /// Units whose factor is 0 lose their connections.
  fileprivate mutating func multiply(by scale: ChannelScale) {
    var product = InferenceProduct(convolution: convolution, inputCount: inputCount)
    for unit in 0..<units {
      let factor = scale.factors[unit]
      product.appendUnit(
        bias: Float(Double(biases[unit]) * Double(factor) + Double(scale.summands[unit])))
      guard factor != 0 else { continue }
      for connection in starts[unit]..<starts[unit + 1] {
        product.appendConnection(input: inputs[connection], kernel(connection).map { $0 * factor })
      }
    }
    self = product
  }
}
