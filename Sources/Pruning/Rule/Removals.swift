import Networks
import Tensors

/// What pruning takes away, weights and biases by layer and reason.
package struct Removals: Equatable, Sendable {
  /// Why connections go. What several reasons would take goes for the first.
  package enum Reason: String, CaseIterable, Sendable {
    /// Their scores are beyond the share, or the number, that stays.
    case importance
    /// Their unit puts out nothing.
    case dead
    /// Nothing reads their unit.
    case unread
    /// A channel of their filter adds too little to the shortcut around it.
    case residual
  }

  private let layout: ConnectionLayout
  private var counts: [[Reason: Int]]

  /// Nothing yet of a network with these connections.
  package init(_ layout: ConnectionLayout) {
    self.layout = layout
    counts = layout.groups.map { _ in [:] }
  }

  /// Weights and biases of the layer at place `group` that went for `reason`.
  package func count(_ reason: Reason, group: Int) -> Int { counts[group][reason] ?? 0 }

  /// Notes what `work` takes away.
  mutating func take(
    _ reason: Reason, from mask: inout Mask, _ work: (inout Mask) -> Void
  ) {
    let before = mask
    work(&mask)
    note(reason, from: before, to: mask)
  }

  /// Notes what `before` keeps and `after` does not.
  mutating func note(_ reason: Reason, from before: Mask, to after: Mask) {
    guard before != after else { return }
    for index in layout.groups.indices where layout.groups[index].isCounted {
      let gone = layout.keptCount(before, group: index) - layout.keptCount(after, group: index)
      counts[index][reason, default: 0] += gone
    }
  }
}
