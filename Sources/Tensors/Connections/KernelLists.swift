import CKernels

/// Where the kernels and biases of a convolution's connections lie among its weights, by filter for
/// the forward pass and the weight gradient, by input channel for the backward pass.
final class KernelLists {
  /// Kernels of filter f: `starts[f] ..< starts[f + 1]`; of kernel e, channel and first weight.
  let starts, channels, offsets: IndexBuffer
  /// Kernels of channel i: `inputStarts[i] ..< inputStarts[i + 1]`; of kernel e, filter and first
  /// weight.
  let inputStarts, inputFilters, inputOffsets: IndexBuffer
  /// The bias of each filter, `relief_no_bias` where it is pruned.
  let biases: IndexBuffer
  /// Weights of all surviving connections.
  let count: Int

  init(_ connectivity: Connectivity, shape: ConvolutionShape) {
    var starts: [UInt32] = [0]
    var channels: [UInt32] = []
    var offsets: [UInt32] = []
    var biases = [UInt32](repeating: relief_no_bias, count: shape.filters)
    var readers = [[(filter: UInt32, offset: UInt32)]](repeating: [], count: shape.inputs)
    var next = 0
    for filter in 0..<shape.filters {
      for position in connectivity.positions(of: filter) {
        let input = connectivity.input(at: position)
        if input == shape.inputs {
          biases[filter] = UInt32(next)
          next += 1
        } else {
          channels.append(UInt32(input))
          offsets.append(UInt32(next))
          if connectivity.servesBackward { readers[input].append((UInt32(filter), UInt32(next))) }
          next += shape.taps
        }
      }
      starts.append(UInt32(channels.count))
    }
    self.starts = IndexBuffer(starts)
    self.channels = IndexBuffer(channels)
    self.offsets = IndexBuffer(offsets)
    self.inputStarts = IndexBuffer(
      readers.reduce(into: [0]) { $0.append($0[$0.count - 1] + UInt32($1.count)) })
    self.inputFilters = IndexBuffer(readers.joined().map(\.filter))
    self.inputOffsets = IndexBuffer(readers.joined().map(\.offset))
    self.biases = IndexBuffer(biases)
    self.count = next
  }

  /// All of the lists.
  var all: [IndexBuffer] {
    [starts, channels, offsets, inputStarts, inputFilters, inputOffsets, biases]
  }

  /// The weight that is the bias of `filter`, if it survives.
  func bias(of filter: Int) -> Int? {
    biases[filter] == relief_no_bias ? nil : Int(biases[filter])
  }
}
