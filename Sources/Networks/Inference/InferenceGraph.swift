import Tensors

/// A network as inference needs it: operations on numbered maps, in the order they run. Map 0 is
/// the image, the output of the last operation the logits.
///
/// It knows no masks, no batch norms and no training. As it is lowered from a network it has all
/// of its channels; `simplified` leaves those that make a difference.
package struct InferenceGraph: Sendable {
  /// What an operation does.
  package enum Kind: Sendable {
    /// Weighted sums of one map.
    case product(InferenceProduct)
    /// Channels of one map, scaled and shifted.
    case scale(ChannelScale)
    /// y = f(x).
    case activation(Activation)
    /// The largest of each square of so many rows and columns.
    case maxPool(Int)
    /// The mean of each channel.
    case mean
    /// Sums of channels of one map or two.
    case sum(ChannelSum)
  }

  /// An operation, the maps it reads and the map it writes.
  package struct Operation: Sendable {
    /// The layer it comes from.
    package let name: String
    /// What it does.
    package internal(set) var kind: Kind
    /// The maps it reads.
    package internal(set) var inputs: [Int]
    /// The map it writes.
    package let output: Int
    /// Whether what it puts out goes through max(0, y).
    package internal(set) var rectifies = false
  }

  /// The operations.
  package internal(set) var operations: [Operation] = []
  /// The shape of every map for one image.
  package internal(set) var shapes: [FeatureShape]

  /// No operations yet on images of `input`.
  package init(input: FeatureShape) { shapes = [input] }

  /// The map with the logits.
  package var logits: Int { operations.last?.output ?? 0 }

  /// Appends an operation and returns the number of its output.
  package mutating func append(
    _ kind: Kind, named name: String, inputs: [Int], output: FeatureShape
  ) -> Int {
    shapes.append(output)
    operations.append(
      Operation(name: name, kind: kind, inputs: inputs, output: shapes.count - 1))
    return shapes.count - 1
  }

  /// The operations that read `map`.
  func readers(of map: Int) -> [Int] {
    operations.indices.filter { operations[$0].inputs.contains(map) }
  }

  /// Multiply-adds of one image on real pixels, of the weights that there are.
  package var multiplyAdds: Int {
    operations.reduce(0) { sum, operation in
      guard case .product(let product) = operation.kind else { return sum }
      return sum + product.multiplyAdds
    }
  }
}

/// y_c = factor_c x_s(c) + summand_c.
package struct ChannelScale: Sendable, Equatable {
  /// The channel of the input that each channel is made of.
  package internal(set) var channels: [Int]
  /// One a channel.
  package internal(set) var factors, summands: [Float]

  /// Scales and shifts of channels.
  package init(channels: [Int], factors: [Float], summands: [Float]) {
    (self.channels, self.factors, self.summands) = (channels, factors, summands)
  }
}

/// y_c = Σ_t x_t,s(t, c) + summand_c, each term t giving a channel s(t, c) of its map, or none.
/// Without terms it is a constant.
package struct ChannelSum: Sendable, Equatable {
  /// What is taken of one map.
  package struct Term: Sendable, Equatable {
    /// For each channel of the sum the map's; nil where it gives none.
    package internal(set) var channels: [Int?]
    /// Rows and columns of the map from one that is taken to the next.
    package let stride: Int

    /// Channels of a map.
    package init(channels: [Int?], stride: Int) {
      (self.channels, self.stride) = (channels, stride)
    }
  }

  /// One for each map that is read, two at most.
  package internal(set) var terms: [Term]
  /// One a channel.
  package internal(set) var summands: [Float]

  /// A sum of terms and numbers.
  package init(terms: [Term], summands: [Float]) {
    (self.terms, self.summands) = (terms, summands)
  }
}

/// A function of single numbers.
package enum Activation: Sendable, Equatable {
  /// max(0, x).
  case rectifier
  /// x where x > 0, else slope · x.
  case leaky(slope: Float)
  /// GELU or SiLU.
  case smooth(SmoothActivation)
}

/// A dense layer or a convolution with the weights that survive. Every unit has a bias.
package struct InferenceProduct: Sendable, Equatable {
  /// The sizes of a convolution; nil for a dense layer over all features of its input.
  package internal(set) var convolution: ConvolutionShape?
  /// Inputs of a unit: channels of a convolution, features of a dense layer.
  package internal(set) var inputCount: Int
  /// Surviving connections of unit j: `starts[j] ..< starts[j + 1]`.
  package internal(set) var starts: [Int]
  /// The input of each, ascending within a unit.
  package internal(set) var inputs: [Int]
  /// The weights of each, `taps` a connection.
  package internal(set) var weights: [Float]
  /// One a unit.
  package internal(set) var biases: [Float]

  /// Units.
  package var units: Int { biases.count }
  /// Weights of a connection.
  package var taps: Int { convolution?.taps ?? 1 }
  /// The weights of connection `connection`.
  package func kernel(_ connection: Int) -> ArraySlice<Float> {
    weights[connection * taps..<(connection + 1) * taps]
  }
  /// Multiply-adds of one image.
  package var multiplyAdds: Int { inputs.count * (convolution?.realPairs ?? 1) }

  /// The product without connections to `inputCount` inputs, to which units are appended.
  package init(convolution: ConvolutionShape?, inputCount: Int) {
    (self.convolution, self.inputCount) = (convolution, inputCount)
    (starts, inputs, weights, biases) = ([0], [], [], [])
  }

  /// Appends a unit of no connections.
  package mutating func appendUnit(bias: Float) {
    starts.append(inputs.count)
    biases.append(bias)
  }

  /// Appends a connection to the unit that was appended last.
  package mutating func appendConnection(input: Int, _ kernel: some Sequence<Float>) {
    inputs.append(input)
    weights.append(contentsOf: kernel)
    starts[units] = inputs.count
  }
}
