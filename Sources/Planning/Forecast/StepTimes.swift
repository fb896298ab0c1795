/// How long a rank computes on a step, by the lane blocks it has: measured where it was affordable,
/// else along the straight line through the two nearest measurements.
package struct StepTimes: Sendable {
  private var points: [(blocks: Int, seconds: Double)] = []

  /// No measurements.
  package init() {}

  /// Notes a measurement with another number of blocks.
  package mutating func add(blocks: Int, seconds: Double) {
    points.append((blocks, seconds))
    points.sort { $0.blocks < $1.blocks }
  }

  /// Seconds with so many blocks; one measurement alone is taken to be in proportion.
  package func seconds(blocks: Int) -> Double {
    guard let last = points.last else { return 0 }
    guard points.count > 1 else { return last.seconds * Double(blocks) / Double(last.blocks) }
    let upper = min(
      max(points.firstIndex { $0.blocks >= blocks } ?? points.count, 1), points.count - 1)
    let (a, b) = (points[upper - 1], points[upper])
    let slope = (b.seconds - a.seconds) / Double(b.blocks - a.blocks)
    return max(0, a.seconds + slope * Double(blocks - a.blocks))
  }
}
