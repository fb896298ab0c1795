/// Weight gradients that come block by block, added up along the tree over blocks.
package final class BlockGradients {
  private let count: Int
  private let kernels: KernelSet
  private var sums: [GradientPartials] = []
  private var stack = TreeStack()

  /// Sums of `count` numbers a block.
  package init(count: Int, kernels: KernelSet) { (self.count, self.kernels) = (count, kernels) }

  /// Pushes the next block's gradient, which `compute` puts where it is told to.
  package func push(merges: Int, _ compute: (_ leaf: GradientPartials) -> Void) {
    if stack.count == sums.count { sums.append(GradientPartials(count: count, partials: 1)) }
    compute(sums[stack.count])
    stack.push(merges: merges) { kernels.add(sum($0), to: sum($1)) }
  }

  /// Puts what is left, the partials of the share, from `offset` on.
  package func finish(into gradients: GradientPartials, offset: Int) {
    for partial in 0..<stack.count {
      gradients.slice(offset..<offset + count, partial: partial).copy(from: sum(partial))
    }
    stack.clear()
  }

  private func sum(_ place: Int) -> FloatSlice { sums[place].slice(0..<count, partial: 0) }
}
