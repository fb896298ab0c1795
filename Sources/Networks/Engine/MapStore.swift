import Tensors

/// The memory of a program's maps, as a layout says.
final class MapStore {
  /// The memory of one map: all blocks of a run, or one lane block (or the run of a stage) at a time.
  private struct Memory {
    let maps: LaneBlocks
    let windows: [LaneBlocks]

    init(_ maps: LaneBlocks, isWhole: Bool) {
      self.maps = maps
      windows = isWhole ? (0..<maps.capacity).map { LaneBlocks(maps, block: $0) } : []
    }

    /// Block by block, or all at once.
    func callAsFunction(block: Int?) -> LaneBlocks {
      guard let block, !windows.isEmpty else { return maps }
      return windows[block]
    }
  }

  private let plan: MapPlan
  private let activations: [Memory]
  private let gradients: [Int: Memory]

  /// Memory for the maps of `layout`.
  init(_ plan: MapPlan, _ layout: MapLayout) {
    self.plan = plan
    let places = layout.places.map {
      LaneBlocks(shape: $0.shape, halo: $0.halo, capacity: $0.capacity)
    }
    activations = layout.activations.map { Memory(places[$0.place], isWhole: $0.isWhole) }
    gradients = layout.gradients.mapValues { Memory(places[$0.place], isWhole: $0.isWhole) }
  }

  /// The activations of `map`: of one block, or of all.
  func activation(_ map: Int, block: Int? = nil) -> LaneBlocks { activations[map](block: block) }

  /// The gradient of `map`: of one block, or of all; nil where nobody needs it.
  func gradient(_ map: Int, block: Int? = nil) -> LaneBlocks? {
    gradients[plan.gradientPlaces[map]]?(block: block)
  }
}
