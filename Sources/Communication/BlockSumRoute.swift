import Tensors

/// How the numbers of a sum over blocks travel. Short ones are gathered whole on every rank, in one
/// exchange. Long ones go some columns at a time, as gradients do: each rank gets the partial sums
/// of its segment of the columns, adds them in tree order, and gives the total back to all. The
/// bits are the same.
package struct BlockSumRoute {
  private let distribution: BlockDistribution
  private let width: Int
  private var worldSize: Int { distribution.subtrees.count }

  /// The route of `width` numbers a block of a batch that is distributed to ranks in this way.
  package init(_ distribution: BlockDistribution, width: Int) {
    (self.distribution, self.width) = (distribution, width)
  }

  /// Numbers of all ranks that every rank has room for: half a megabyte.
  private static let mostGathered = 1 << 16
  /// Columns that travel at a time.
  private static let columnsAtOnce = 1 << 17

  /// Partial sums of all ranks.
  var nodes: Int { distribution.merges.count }

  /// Whether every rank gets all partial sums.
  var isGathered: Bool { worldSize == 1 || nodes * width <= Self.mostGathered }

  /// The columns that travel together.
  var columns: [Range<Int>] {
    stride(from: 0, to: width, by: Self.columnsAtOnce).map {
      $0..<min($0 + Self.columnsAtOnce, width)
    }
  }

  /// What each rank adds up of `columns`.
  func segments(of columns: Range<Int>) -> [Range<Int>] {
    (0..<worldSize).map {
      columns.lowerBound + columns.count * $0 / worldSize..<columns.lowerBound + columns.count
        * ($0 + 1) / worldSize
    }
  }

  /// Bytes that `rank` sends.
  package func bytes(from rank: Int) -> Int {
    let rows = distribution.subtrees[rank].count
    let others = worldSize - 1
    if isGathered { return others * rows * width * Self.number }
    let own = columns.reduce(0) { $0 + segments(of: $1)[rank].count }
    return (rows * (width - own) + others * own) * Self.number
  }

  /// Bytes that `rank` takes for what travels at a time, besides its own partial sums and the
  /// total.
  package func memory(of rank: Int) -> Int {
    if isGathered { return nodes * width * Self.number }
    let rows = distribution.subtrees[rank].count
    let columns = min(width, Self.columnsAtOnce)
    return (rows * columns + nodes * (columns / worldSize + 1)) * Self.number
  }

  private static let number = MemoryLayout<Double>.stride
}
