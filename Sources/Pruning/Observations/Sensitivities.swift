import Networks
import Tensors

/// What the loss of a network over a pruning set would change by, to first order, without each of
/// its connections: Σ_n Σ w ∂L_n/∂w over images n and the weights w of the connection, with its
/// sign.
///
/// The sums over images are all that ranks have to add up, a number a connection.
package struct Sensitivities: Sendable {
  /// A number for each connection of the layout, 0 where pruned.
  package let values: [Double]

  /// From the totals of `blockSums` of `network`.
  package init(totals: [Double], of network: Network) {
    precondition(
      totals.count == network.mask.keptCount,
      "\(totals.count) sums for \(network.mask.keptCount) connections")
    var rest = totals.makeIterator()
    values = (0..<network.mask.count).map { network.mask[$0] ? rest.next() ?? 0 : 0 }
  }

  /// Σ w ∂L/∂w of every surviving connection, of one lane block, after a backward pass of
  /// `workspace` over that block alone; L is the sum of the losses of its `images` images, of whose
  /// mean the gradients are.
  package static func blockSums(_ workspace: Workspace, images: Int) -> [Double] {
    let (network, gradients) = (workspace.network, workspace.gradients.buffer)
    var sums: [Double] = []
    sums.reserveCapacity(network.mask.keptCount)
    network.layout.forEachKept(network.mask) { _, compact in
      sums.append(
        compact.reduce(0) {
          $0 + Double(network.parameters[$1]) * Double(gradients[$1]) * Double(images)
        })
    }
    return sums
  }
}
