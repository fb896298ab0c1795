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

extension BlockPartials {
  /// The total of a run that is the whole batch.
  public var total: [Double] {
    Self.total(of: sums, nodes: run.subtrees, tree: run.tree, width: width)
  }
}

/// Per-block sums in, totals over all blocks out: the same bits on every rank at any world size.
public protocol BlockSum: AnyObject {
  /// The blocks that totals are taken over, with `run` as this rank's part of them.
  func scope(of run: BlockRun) -> BlockRun
  /// The total of each of `partials`; every rank must call it with partials of the same batches.
  func totals(of partials: [BlockPartials]) throws -> [[Double]]
}

extension BlockSum {
  /// The whole batch.
  public func scope(of run: BlockRun) -> BlockRun { run }
}

/// Totals over the blocks of this rank, as if they were the whole batch. Each rank has its own, so bits
/// depend on the number of ranks; at one rank they are those of any other sum.
public final class OwnBlockSum: BlockSum {
  /// Sums that stay on this rank.
  public init() {}

  /// The blocks of this rank.
  public func scope(of run: BlockRun) -> BlockRun {
    BlockRun(images: run.imageRange.count, rank: 0, worldSize: 1)
  }

  /// See `BlockSum`.
  public func totals(of partials: [BlockPartials]) -> [[Double]] { partials.map(\.total) }
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
