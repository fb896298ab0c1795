/// Sums of one rank's share of blocks, on their way to the total over all blocks of a batch.
///
/// Values of consecutive blocks are appended one by one; sums are formed in the order of the tree.
/// What is used again allocates nothing.
package struct BlockPartials {
  /// The share whose blocks are appended.
  package private(set) var share: BlockShare
  /// Numbers per block.
  package let width: Int
  /// The sums formed so far, `[node][width]`, while ranks have not added them up.
  package var sums: [Double] {
    precondition(!isTotal, "sums that have become a total")
    return numbers
  }
  /// The sum over all blocks of the batch, `[width]`, once ranks have added it up.
  package var total: [Double] {
    precondition(isTotal, "a total that has not been added up")
    return numbers
  }
  private var numbers: [Double] = []
  private var isTotal = false
  private var stack = TreeStack()
  private var appended = 0

  /// No sums yet of the `width` numbers per block of `share`.
  package init(share: BlockShare, width: Int) {
    self.share = share
    self.width = width
  }

  /// The `sums` of all nodes of `share`, `[node][width]`.
  package init(share: BlockShare, width: Int, sums: [Double]) {
    precondition(
      sums.count == share.subtrees.count * width,
      "\(sums.count) sums for \(share.subtrees.count) nodes of \(width)")
    self.init(share: share, width: width)
    numbers = sums
    appended = share.count
  }

  /// Begins anew, with the blocks of `share`.
  package mutating func restart(_ share: BlockShare) {
    self.share = share
    clear()
    (appended, isTotal) = (0, false)
  }

  /// Adds the numbers of the next block of the share.
  package mutating func append(_ values: [Double]) {
    precondition(values.count == width, "\(values.count) numbers where a block has \(width)")
    appendBlock { row in for (column, value) in values.enumerated() { row[column] = value } }
  }

  /// Adds the numbers of the next block of the share, which `fill` puts in a row of `width`.
  mutating func appendBlock(_ fill: (_ row: UnsafeMutablePointer<Double>) -> Void) {
    precondition(appended < share.count, "more blocks than the share's \(share.count)")
    // All at once: sums of activities are too long to be copied as they grow.
    if appended == 0 { numbers.reserveCapacity(share.mostSums * width) }
    push(merges: share.merges(after: appended), fill)
    appended += 1
  }

  /// Puts the total in the place of the sums, where the share is the whole batch.
  package mutating func completeAlone() {
    precondition(share.worldSize == 1, "the share of one of \(share.worldSize) ranks")
    if numbers.isEmpty { numbers.append(contentsOf: repeatElement(0, count: width)) }
    isTotal = true
  }

  /// Puts the total in the place of the sums, given those of all ranks in the order of ranks,
  /// `[node][width]`.
  package mutating func complete(with gathered: UnsafePointer<Double>) {
    clear()
    let width = width
    for (node, merges) in share.distribution.merges.enumerated() {
      push(merges: Int(merges)) { $0.update(from: gathered + node * width, count: width) }
    }
    if numbers.isEmpty { numbers.append(contentsOf: repeatElement(0, count: width)) }
    isTotal = true
  }

  /// Puts the total in the place of the sums, given by whoever added it up.
  package mutating func complete(withTotal total: [Double]) {
    precondition(total.count == width, "a total of \(total.count) numbers, of \(width)")
    numbers = total
    isTotal = true
  }

  private mutating func clear() {
    numbers.removeAll(keepingCapacity: true)
    stack.clear()
  }

  /// Pushes a row on the stack, and adds the two topmost ones `merges` times.
  private mutating func push(merges: Int, _ fill: (UnsafeMutablePointer<Double>) -> Void) {
    numbers.append(contentsOf: repeatElement(0, count: width))
    var stack = stack
    let width = width
    numbers.withUnsafeMutableBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      fill(base + stack.count * width)
      stack.push(merges: merges) { topmost, below in
        let (right, left) = (base + topmost * width, base + below * width)
        for column in 0..<width { left[column] += right[column] }
      }
    }
    numbers.removeLast(merges * width)
    self.stack = stack
  }
}
