import Tensors

extension InferenceGraph {
  /// The network of the channels that must be there: those that the logits depend on and that are
  /// not constant, and constants that a padded convolution reads. Other constants become part of
  /// biases.
  func compacted(_ value: (Activation, Float) -> Float) -> InferenceGraph {
    let constants = constants(value)
    let needed = neededChannels(constants)
    var graph = self
    graph.operations = []
    for map in shapes.indices where map > 0 {
      let shape = shapes[map]
      graph.shapes[map] = FeatureShape(
        channels: needed[map].count { $0 }, height: shape.height, width: shape.width)
    }
    let places = needed.map(Self.places)
    for operation in operations where needed[operation.output].contains(true) {
      graph.operations.append(compacted(operation, places, constants))
    }
    return graph
  }

  /// The number of each kept channel among those that are kept; nil where it is not.
  private static func places(_ kept: [Bool]) -> (Int) -> Int? {
    var next = 0
    let places: [Int?] = kept.map { isKept in
      defer { next += isKept ? 1 : 0 }
      return isKept ? next : nil
    }
    return { places[$0] }
  }

  /// For each channel of each map the number that it is everywhere, whatever the image; nil where
  /// it depends on that.
  private func constants(_ value: (Activation, Float) -> Float) -> [[Float?]] {
    var constants = shapes.map { [Float?](repeating: nil, count: $0.channels) }
    for operation in operations {
      var output: [Float?]
      let input = constants[operation.inputs[0]]
      switch operation.kind {
      case .product(let product):
        output = (0..<product.units).map { product.constant(unit: $0, of: input) }
      case .scale(let scale):
        output = scale.channels.indices.map { channel in
          let (factor, summand) = (scale.factors[channel], scale.summands[channel])
          return factor == 0
            ? summand : input[scale.channels[channel]].map { factor * $0 + summand }
        }
      case .activation(let activation):
        output = input.map { number in number.map { value(activation, $0) } }
      case .maxPool, .mean:
        output = input
      case .sum(let sum):
        let sources = operation.inputs.map { constants[$0] }
        output = sum.summands.indices.map { sum.constant(channel: $0, of: sources) }
      }
      if operation.rectifies { output = output.map { number in number.map { max(0, $0) } } }
      constants[operation.output] = output
    }
    return constants
  }

  /// Which channels of each map have to be there.
  private func neededChannels(_ constants: [[Float?]]) -> [[Bool]] {
    var needed = shapes.map { [Bool](repeating: false, count: $0.channels) }
    needed[logits] = needed[logits].map { _ in true }
    for operation in operations.reversed() {
      let output = needed[operation.output]
      switch operation.kind {
      case .product(let product):
        let map = operation.inputs[0]
        for unit in output.indices where output[unit] {
          for connection in product.starts[unit]..<product.starts[unit + 1] {
            let channel = product.channel(connection, of: shapes[map].channels)
            if product.mustRead(constants[map][channel]) { needed[map][channel] = true }
          }
        }
      case .scale(let scale):
        for channel in output.indices where output[channel] {
          needed[operation.inputs[0]][scale.channels[channel]] = true
        }
      case .activation, .maxPool, .mean:
        for channel in output.indices where output[channel] {
          needed[operation.inputs[0]][channel] = true
        }
      case .sum(let sum):
        for (term, map) in zip(sum.terms, operation.inputs) {
          for channel in output.indices where output[channel] {
            guard let source = term.channels[channel], constants[map][source] == nil else {
              continue
            }
            needed[map][source] = true
          }
        }
      }
    }
    needed[0] = needed[0].map { _ in true }
    for operation in operations where operation.passesChannelsOn {
      needed[operation.output] = needed[operation.inputs[0]]
    }
    return needed
  }

  private func compacted(
    _ operation: Operation, _ places: [(Int) -> Int?], _ constants: [[Float?]]
  ) -> Operation {
    var operation = operation
    let map = operation.inputs[0]
    let place = places[operation.output]
    let kept = (0..<shapes[operation.output].channels).filter { place($0) != nil }
    switch operation.kind {
    case .product(let product):
      let input = shapes[map]
      let compact = product.compacted(
        units: kept, channels: input.channels, constants: constants[map], places: places[map])
      if compact.inputs.isEmpty {
        // Nothing of the map need be there.
        operation.inputs = []
        operation.kind = .sum(ChannelSum(terms: [], summands: compact.biases))
      } else {
        operation.kind = .product(compact)
      }
    case .scale(let scale):
      operation.kind = .scale(
        ChannelScale(
          channels: kept.compactMap { places[map](scale.channels[$0]) },
          factors: kept.map { scale.factors[$0] }, summands: kept.map { scale.summands[$0] }))
    case .activation, .maxPool, .mean: break
    case .sum(let sum):
      let compact = sum.compacted(
        channels: kept, constants: operation.inputs.map { constants[$0] },
        places: operation.inputs.map { places[$0] })
      let read = compact.terms.indices.filter { term in
        compact.terms[term].channels.contains { $0 != nil }
      }
      operation.inputs = read.map { operation.inputs[$0] }
      operation.kind = .sum(
        ChannelSum(terms: read.map { compact.terms[$0] }, summands: compact.summands))
    }
    return operation
  }
}

extension InferenceGraph.Operation {
  /// Whether it has an output channel for each channel of its input, whatever is read of it.
  fileprivate var passesChannelsOn: Bool {
    switch kind {
    case .activation, .maxPool, .mean: true
    case .product, .scale, .sum: false
    }
  }
}

extension InferenceProduct {
  /// The channel that `connection` reads, of so many.
  func channel(_ connection: Int, of channels: Int) -> Int {
    inputs[connection] / (inputCount / channels)
  }

  private var isPadded: Bool { convolution.map { $0.padding > 0 } ?? false }

  /// Whether a connection must read a channel that is `constant` where it is no part of the bias.
  func mustRead(_ constant: Float?) -> Bool {
    guard let constant else { return true }
    return isPadded && constant != 0
  }

  /// What `unit` puts out whatever the image is, given that of channels; nil where it depends.
  func constant(unit: Int, of channels: [Float?]) -> Float? {
    var sum = Double(biases[unit])
    for connection in starts[unit]..<starts[unit + 1] {
      let constant = channels[channel(connection, of: channels.count)]
      guard let constant, !mustRead(constant) else { return nil }
      sum += Double(constant) * kernel(connection).reduce(0) { $0 + Double($1) }
    }
    return Float(sum)
  }

  /// The product of these units over the channels that have places.
  func compacted(
    units: [Int], channels: Int, constants: [Float?], places: (Int) -> Int?
  ) -> InferenceProduct {
    let spread = inputCount / channels
    let kept = (0..<channels).count { places($0) != nil }
    var product = InferenceProduct(
      convolution: convolution?.with(inputs: max(kept, 1), filters: units.count),
      inputCount: kept * spread)
    for unit in units {
      var bias = Double(biases[unit])
      let connections = starts[unit]..<starts[unit + 1]
      for connection in connections {
        let constant = constants[inputs[connection] / spread]
        guard let constant, !mustRead(constant) else { continue }
        bias += Double(constant) * kernel(connection).reduce(0) { $0 + Double($1) }
      }
      product.appendUnit(bias: Float(bias))
      for connection in connections where mustRead(constants[inputs[connection] / spread]) {
        guard let place = places(inputs[connection] / spread) else {
          preconditionFailure("a channel that is read is not there")
        }
        product.appendConnection(
          input: place * spread + inputs[connection] % spread, kernel(connection))
      }
    }
    return product
  }

}

extension ChannelSum {
  /// What a channel is whatever the image is, given that of the terms' channels.
  func constant(channel: Int, of sources: [[Float?]]) -> Float? {
    var sum = summands[channel]
    for (term, constants) in zip(terms, sources) {
      guard let source = term.channels[channel] else { continue }
      guard let constant = constants[source] else { return nil }
      sum += constant
    }
    return sum
  }

  /// The sum of these channels, what is constant of them in the summands.
  func compacted(
    channels: [Int], constants: [[Float?]], places: [(Int) -> Int?]
  ) -> ChannelSum {
    var sum = ChannelSum(terms: [], summands: channels.map { summands[$0] })
    for (index, term) in terms.enumerated() {
      var compact = Term(channels: [], stride: term.stride)
      for (place, channel) in channels.enumerated() {
        let source = term.channels[channel]
        if let constant = source.flatMap({ constants[index][$0] }) {
          sum.summands[place] += constant
          compact.channels.append(nil)
        } else {
          compact.channels.append(source.flatMap { places[index]($0) })
        }
      }
      sum.terms.append(compact)
    }
    return sum
  }
}

extension ConvolutionShape {
  fileprivate func with(inputs: Int, filters: Int) -> ConvolutionShape {
    ConvolutionShape(
      inputs: inputs, height: height, width: width, filters: filters, kernel: kernel,
      stride: stride, padding: padding)
  }
}
