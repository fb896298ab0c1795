import Tensors
import TestSupport

/// A random convolution with its data, and what its products should be.
struct ConvolutionCase {
  let shape: ConvolutionShape
  let hasBias: Bool
  let connectivity: Connectivity
  let mask: Mask
  let weights: [Float]
  let share: BlockShare
  let x, dy: LaneBlocks

  private var connections: Int { shape.inputs + (hasBias ? 1 : 0) }

  init(
    _ shape: ConvolutionShape, hasBias: Bool, density: Double, share: BlockShare,
    using random: inout SeededRandom
  ) {
    let connections = shape.inputs + (hasBias ? 1 : 0)
    var mask = Mask(count: shape.filters * connections)
    let emptyFilter = Int.random(in: 0..<shape.filters, using: &random)
    let deadInput = Int.random(in: 0..<shape.inputs, using: &random)
    for filter in 0..<shape.filters where density < 1 {
      for input in 0..<connections {
        mask[filter * connections + input] =
          filter != emptyFilter && input != deadInput
          && Double.random(in: 0..<1, using: &random) < density
      }
    }
    self.shape = shape
    self.hasBias = hasBias
    self.mask = mask
    self.share = share
    connectivity = Connectivity(
      units: shape.filters, connectionsPerUnit: connections, mask: mask, offset: 0)
    var count = 0
    for index in mask.keptIndices {
      count += hasBias && index % connections == shape.inputs ? 1 : shape.taps
    }
    weights = (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
    x = LaneBlocks(
      shape: shape.input, halo: shape.padding + Int.random(in: 0...1, using: &random),
      capacity: share.count)
    dy = LaneBlocks(
      shape: shape.output, halo: shape.gradientHalo + Int.random(in: 0...1, using: &random),
      capacity: share.count)
    x.fill { _ in Float.random(in: -1...1, using: &random) }
    dy.fill { _ in Float.random(in: -1...1, using: &random) }
  }

  static func random(
    channels: Int, size: Int, using random: inout SeededRandom
  ) -> ConvolutionCase {
    let kernel = [1, 3, 3, 3, 5, 2, 4].randomElement(using: &random) ?? 3
    let padding = Int.random(in: 0...2, using: &random)
    let smallest = max(1, kernel - 2 * padding)
    let shape = ConvolutionShape(
      inputs: Int.random(in: 1...channels, using: &random),
      height: Int.random(in: smallest...max(smallest, size), using: &random),
      width: Int.random(in: smallest...max(smallest, size), using: &random),
      filters: Int.random(in: 1...channels, using: &random), kernel: kernel,
      stride: Int.random(in: 1...(kernel == 3 ? 3 : 2), using: &random), padding: padding)
    let worldSize = Int.random(in: 1...3, using: &random)
    let share = BlockShare(
      images: 16 * Int.random(in: worldSize...(5 * worldSize), using: &random),
      rank: Int.random(in: 0..<worldSize, using: &random), worldSize: worldSize)
    return ConvolutionCase(
      shape, hasBias: .random(using: &random),
      density: [1, 0.5, 0.1, 0].randomElement(using: &random) ?? 1, share: share, using: &random)
  }

  /// Calls `body` with the filter, the input and the first weight of every surviving connection.
  func forEachConnection(_ body: (_ filter: Int, _ input: Int, _ weight: Int) -> Void) {
    var weight = 0
    for index in mask.keptIndices {
      let (filter, input) = index.quotientAndRemainder(dividingBy: connections)
      body(filter, input, weight)
      weight += input == shape.inputs ? 1 : shape.taps
    }
  }

  /// Calls `body` with every tap, output row and column that meet on a real pixel: kernel rows and
  /// columns ascending, then outputs in raster order.
  func forEachPair(_ body: (_ u: Int, _ v: Int, _ row: Int, _ column: Int) -> Void) {
    for u in 0..<shape.kernel {
      for v in 0..<shape.kernel {
        for row in 0..<shape.outputHeight {
          for column in 0..<shape.outputWidth {
            let y = row * shape.stride + u - shape.padding
            let x = column * shape.stride + v - shape.padding
            if (0..<shape.height).contains(y), (0..<shape.width).contains(x) {
              body(u, v, row, column)
            }
          }
        }
      }
    }
  }

  func inputRow(_ row: Int, _ u: Int) -> Int { row * shape.stride + u - shape.padding }

  /// y by the definition.
  func forward() -> LaneBlocks {
    if filtering.servesConvolution { return filteredForward() }
    let y = LaneBlocks(shape: shape.output, capacity: share.count)
    forEachConnection { filter, input, weight in
      for block in 0..<share.count {
        for lane in 0..<LaneBlocks.lanes {
          if input == shape.inputs {
            for feature in 0..<shape.outputHeight * shape.outputWidth {
              y[block, filter * shape.outputHeight * shape.outputWidth + feature, lane] +=
                weights[weight]
            }
            continue
          }
          forEachPair { u, v, row, column in
            y[block, filter, row, column, lane].addProduct(
              weights[weight + u * shape.kernel + v],
              x[block, input, inputRow(row, u), inputRow(column, v), lane])
          }
        }
      }
    }
    return y
  }

  /// ∂x by the definition: for each pixel filters ascending, kernel rows and columns descending.
  func backward() -> LaneBlocks {
    if filtering.servesConvolution { return filteredBackward() }
    let dx = LaneBlocks(shape: shape.input, capacity: share.count)
    var pairs: [(u: Int, v: Int, row: Int, column: Int)] = []
    forEachPair { pairs.append(($0, $1, $2, $3)) }
    pairs.reverse()
    forEachConnection { filter, input, weight in
      guard input < shape.inputs else { return }
      for block in 0..<share.count {
        for lane in 0..<LaneBlocks.lanes {
          for (u, v, row, column) in pairs {
            dx[block, input, inputRow(row, u), inputRow(column, v), lane].addProduct(
              weights[weight + u * shape.kernel + v], dy[block, filter, row, column, lane])
          }
        }
      }
    }
    return dx
  }

  /// The gradients of all weights, one array a subtree.
  func weightGradient() -> [[Float]] {
    let merges = share.tree.merges(of: share.tree.leaves(of: share.range))
    var stack: [[Float]] = []
    for block in 0..<share.count {
      stack.append(leaf(block))
      for _ in 0..<merges[block] {
        let right = stack.removeLast()
        let left = stack.removeLast()
        stack.append(zip(left, right).map { $0 + $1 })
      }
    }
    return stack
  }

  /// What goes by minimal filtering.
  var filtering: MinimalFiltering {
    let isKernel = mask.keptIndices.filter { $0 % connections < shape.inputs }
    return MinimalFiltering(shape, kernels: isKernel.count)
  }

  private var addsImagesInTurn: Bool {
    connectivity.isFull && shape.kernel == 3 && shape.stride == 1 && shape.padding == 1
      && shape.height == 2 && shape.width == 2
  }

  private func addImagesInTurn(_ block: Int, to sums: inout [Float]) {
    forEachConnection { filter, input, weight in
      guard input < shape.inputs else { return }
      for tap in 0..<shape.taps { sums[weight + tap] = 0 }
      for lane in 0..<LaneBlocks.lanes {
        forEachPair { u, v, row, column in
          sums[weight + u * shape.kernel + v].addProduct(
            dy[block, filter, row, column, lane],
            x[block, input, inputRow(row, u), inputRow(column, v), lane])
        }
      }
    }
  }

  /// Full lists over 2×2 maps add images one after the other; else each lane has a chain of its
  /// own.
  private func leaf(_ block: Int) -> [Float] {
    var lanes = [[Float]](
      repeating: [Float](repeating: 0, count: weights.count), count: LaneBlocks.lanes)
    forEachConnection { filter, input, weight in
      for lane in 0..<LaneBlocks.lanes {
        if input == shape.inputs {
          for row in 0..<shape.outputHeight {
            for column in 0..<shape.outputWidth {
              lanes[lane][weight] += dy[block, filter, row, column, lane]
            }
          }
          continue
        }
        forEachPair { u, v, row, column in
          lanes[lane][weight + u * shape.kernel + v].addProduct(
            dy[block, filter, row, column, lane],
            x[block, input, inputRow(row, u), inputRow(column, v), lane])
        }
      }
    }
    for half in [8, 4, 2, 1] {
      for lane in 0..<half {
        for index in weights.indices { lanes[lane][index] += lanes[lane + half][index] }
      }
    }
    if addsImagesInTurn { addImagesInTurn(block, to: &lanes[0]) }
    if filtering.servesGradient { filterGradients(block, into: &lanes[0]) }
    return lanes[0]
  }
}

extension LaneBlocks {
  /// Calls `number` with every pixel's place inside the maps and stores what it gives.
  func fill(_ number: ((block: Int, channel: Int, row: Int, column: Int, lane: Int)) -> Float) {
    for block in 0..<capacity {
      for channel in 0..<shape.channels {
        for row in 0..<shape.height {
          for column in 0..<shape.width {
            for lane in 0..<Self.lanes {
              self[block, channel, row, column, lane] = number((block, channel, row, column, lane))
            }
          }
        }
      }
    }
  }

  /// The numbers inside the maps, in order.
  var interior: [Float] {
    var numbers: [Float] = []
    fill { place in
      let number = self[place.block, place.channel, place.row, place.column, place.lane]
      numbers.append(number)
      return number
    }
    return numbers
  }

  /// Whether everything around the maps is as it was made: zeros, and the ones after each block.
  var surroundingsAreUntouched: Bool {
    let copy = LaneBlocks(shape: shape, halo: halo, capacity: capacity)
    copy.fill { self[$0.block, $0.channel, $0.row, $0.column, $0.lane] }
    return Array(copy.buffer.elements) == Array(buffer.elements)
  }
}
