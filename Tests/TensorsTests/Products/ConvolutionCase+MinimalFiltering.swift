import Tensors

/// The products by minimal filtering, number by number in the order of the kernels.
extension ConvolutionCase {
  private typealias Transform = @Sendable (_ numbers: [Float]) -> [Float]

  /// Bᵀ, G, Aᵀ and, for gradients, A and Gᵀ along one axis.
  private static let input: Transform = {
    [$0[0] - $0[2], $0[1] + $0[2], $0[2] - $0[1], $0[1] - $0[3]]
  }
  private static let kernel: Transform = {
    [$0[0], ($0[0] + $0[2] + $0[1]) * 0.5, ($0[0] + $0[2] - $0[1]) * 0.5, $0[2]]
  }
  private static let output: Transform = { [$0[0] + $0[1] + $0[2], $0[1] - $0[2] - $0[3]] }
  private static let pixels: Transform = { [$0[0], $0[0] + $0[1], $0[0] - $0[1], -$0[1]] }
  private static let taps: Transform = {
    [$0[0] + ($0[1] + $0[2]) * 0.5, ($0[1] - $0[2]) * 0.5, ($0[1] + $0[2]) * 0.5 + $0[3]]
  }

  /// Transforms the columns of a square, then its rows.
  private static func square(_ numbers: [Float], _ transform: Transform) -> [Float] {
    let width = Int(Double(numbers.count).squareRoot())
    let columns = (0..<width).map { column in
      transform((0..<width).map { numbers[$0 * width + column] })
    }
    return columns[0].indices.flatMap { row in transform(columns.map { $0[row] }) }
  }

  private var tiles: [(row: Int, column: Int)] {
    stride(from: 0, to: shape.height, by: 2).flatMap { row in
      stride(from: 0, to: shape.width, by: 2).map { (row, $0) }
    }
  }

  /// Bᵀ x B of the tile whose outputs start at `row`, `column`.
  private func input(
    _ maps: LaneBlocks, _ block: Int, _ channel: Int, _ tile: (row: Int, column: Int), _ lane: Int
  ) -> [Float] {
    Self.square(
      (0..<16).map {
        let (row, column) = (tile.row + $0 / 4 - 1, tile.column + $0 % 4 - 1)
        let isReal = (0..<shape.height).contains(row) && (0..<shape.width).contains(column)
        return isReal ? maps[block, channel, row, column, lane] : 0
      }, Self.input)
  }

  /// y where the kernel from channel c to filter f is `kernel(f, c)`; what `added` holds is added.
  private func filtered(
    _ maps: LaneBlocks, channels: Int, filters: Int, added: LaneBlocks?, biases: [Float],
    _ kernel: (_ filter: Int, _ channel: Int) -> [Float]
  ) -> LaneBlocks {
    let shape = FeatureShape(channels: filters, height: shape.height, width: shape.width)
    let result = LaneBlocks(shape: shape, capacity: share.count)
    let kernels = (0..<filters).map { filter in
      (0..<channels).map { Self.square(kernel(filter, $0), Self.kernel) }
    }
    for block in 0..<share.count {
      for lane in 0..<LaneBlocks.lanes {
        for tile in tiles {
          let inputs = (0..<channels).map { input(maps, block, $0, tile, lane) }
          for filter in 0..<filters {
            var sums = [Float](repeating: 0, count: 16)
            for channel in 0..<channels {
              for point in 0..<16 {
                sums[point].addProduct(kernels[filter][channel][point], inputs[channel][point])
              }
            }
            for (index, number) in Self.square(sums, Self.output).enumerated() {
              let (row, column) = (tile.row + index / 2, tile.column + index % 2)
              result[block, filter, row, column, lane] =
                number + biases[filter] + (added?[block, filter, row, column, lane] ?? 0)
            }
          }
        }
      }
    }
    return result
  }

  /// The first weight of every surviving kernel, by filter and input, and of every surviving bias.
  private var places: [[Int?]] {
    var places = [[Int?]](
      repeating: [Int?](repeating: nil, count: shape.inputs + 1), count: shape.filters)
    forEachConnection { filter, input, weight in places[filter][input] = weight }
    return places
  }

  private func kernel(at place: Int?) -> [Float] {
    place.map { Array(weights[$0..<$0 + 9]) } ?? [Float](repeating: 0, count: 9)
  }

  /// y by minimal filtering.
  func filteredForward() -> LaneBlocks {
    let places = places
    return filtered(
      x, channels: shape.inputs, filters: shape.filters, added: nil,
      biases: places.map { $0[shape.inputs].map { weights[$0] } ?? 0 }
    ) { filter, input in kernel(at: places[filter][input]) }
  }

  /// ∂x by minimal filtering, added to `added`.
  func filteredBackward(added: LaneBlocks? = nil) -> LaneBlocks {
    let places = places
    return filtered(
      dy, channels: shape.filters, filters: shape.inputs, added: added,
      biases: [Float](repeating: 0, count: shape.inputs)
    ) { input, filter in kernel(at: places[filter][input]).reversed() }
  }

  /// The gradients of the kernels of one block by minimal filtering, put into `sums`.
  func filterGradients(_ block: Int, into sums: inout [Float]) {
    let steps = tiles.flatMap { tile in (0..<LaneBlocks.lanes).map { (tile, $0) } }
    let inputs = (0..<shape.inputs).map { channel in
      steps.map { input(x, block, channel, $0, $1) }
    }
    let gradients = (0..<shape.filters).map { filter in
      steps.map { tile, lane in
        Self.square(
          (0..<4).map { dy[block, filter, tile.row + $0 / 2, tile.column + $0 % 2, lane] },
          Self.pixels)
      }
    }
    forEachConnection { filter, channel, weight in
      guard channel < shape.inputs else { return }
      var points = [Float](repeating: 0, count: 16)
      for step in steps.indices {
        for point in 0..<16 {
          points[point].addProduct(gradients[filter][step][point], inputs[channel][step][point])
        }
      }
      sums.replaceSubrange(weight..<weight + 9, with: Self.square(points, Self.taps))
    }
  }
}
