/// Sums of one rank's run of blocks, on their way to the total over all blocks of a batch.
///
/// Values of consecutive blocks are appended one by one; sums are formed in the order of the tree.
public struct BlockPartials {
  /// The run whose blocks are appended.
  public let run: BlockRun
  /// Numbers per block.
  public let width: Int
  /// The sums formed so far, one row of `width` numbers a node.
  public private(set) var sums: [[Double]] = []
  private let merges: [UInt8]
  private var appended = 0

  /// No sums yet of the `width` numbers per block of `run`.
  public init(run: BlockRun, width: Int) {
    self.run = run
    self.width = width
    self.merges = run.tree.merges(of: run.tree.leaves(of: run.range))
  }

  /// The sums of all blocks of `run`, given the `width` numbers of each.
  public init(run: BlockRun, width: Int, rows: [[Double]]) {
    self.init(run: run, width: width)
    for row in rows { append(row) }
  }

  /// Adds the numbers of the next block of the run.
  public mutating func append(_ values: [Double]) {
    precondition(values.count == width, "\(values.count) numbers where a block has \(width)")
    precondition(appended < merges.count, "more blocks than the run's \(merges.count)")
    sums.push(values, merges: merges[appended])
    appended += 1
  }

  /// The total from the `sums` of all ranks, in the order of their runs.
  public static func total(
    of sums: [[Double]], nodes: [BlockTree.Node], tree: BlockTree, width: Int
  ) -> [Double] {
    var stack: [[Double]] = []
    for (sum, merges) in zip(sums, tree.merges(of: nodes)) { stack.push(sum, merges: merges) }
    return stack.first ?? [Double](repeating: 0, count: width)
  }
}

/// Per-block sums in, totals over all blocks out: the same bits on every rank at any world size.
public protocol BlockSum: AnyObject {
  /// The total of each of `partials`; every rank must call it with partials of the same batches.
  func totals(of partials: [BlockPartials]) throws -> [[Double]]
}

extension [[Double]] {
  fileprivate mutating func push(_ row: [Double], merges: UInt8) {
    append(row)
    for _ in 0..<merges {
      let right = removeLast()
      for column in right.indices { self[count - 1][column] += right[column] }
    }
  }
}
