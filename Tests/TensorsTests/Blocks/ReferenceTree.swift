/// The tree over lane blocks by its definition: node (l, k) covers blocks k·2^l ..< (k+1)·2^l and
/// is the sum of nodes (l−1, 2k) and (l−1, 2k+1); a missing right child passes the left one on.
struct ReferenceTree {
  let blocks: Int

  /// The sum of node (`level`, `index`), given every block's number; nil where no block lies under
  /// it.
  func sum<Number: AdditiveArithmetic>(
    level: Int, index: Int, of number: (_ block: Int) -> Number
  ) -> Number? {
    if level == 0 { return index < blocks ? number(index) : nil }
    guard let left = sum(level: level - 1, index: 2 * index, of: number) else { return nil }
    guard let right = sum(level: level - 1, index: 2 * index + 1, of: number) else { return left }
    return left + right
  }

  /// The sum over all blocks; nil where there are none.
  func total<Number: AdditiveArithmetic>(of number: (_ block: Int) -> Number) -> Number? {
    sum(level: height, index: 0, of: number)
  }

  /// The lowest level with a node above all blocks.
  var height: Int { (0...).first { 1 << $0 >= blocks } ?? 0 }

  /// The blocks under every node that has any.
  var nodes: Set<Range<Int>> {
    Set(
      (0...height).flatMap { level in
        stride(from: 0, to: blocks, by: 1 << level).map { $0..<min($0 + 1 << level, blocks) }
      })
  }
}
