import Tensors

/// The memory of a program's maps, as a plan says.
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
  private var activations: [Memory] = []
  private var gradients: [Int: Memory] = [:]

  /// Memory for runs of up to `blocks` lane blocks. `wholeRun` tells for each stage whether it takes a
  /// run as a whole.
  init(_ program: Program, _ plan: MapPlan, wholeRun: [Bool], blocks: Int) {
    self.plan = plan
    var pool = MapPool()
    let stageCount = program.stages.count
    func memory(_ map: Int, _ use: MapPlan.Use) -> Memory {
      let stage = use.times.lowerBound
      let takesRun = wholeRun[stage < stageCount ? stage : 2 * stageCount - 1 - stage]
      return Memory(
        pool.take(
          program.shapes[map], halo: plan.halos[map],
          capacity: use.isWhole || takesRun ? blocks : 1, during: use.times),
        isWhole: use.isWhole)
    }
    var uses = program.shapes.indices.map { (map: $0, isGradient: false, use: plan.activation($0)) }
    for place in Set(plan.gradientPlaces) {
      if let use = plan.gradient(at: place) { uses.append((place, true, use)) }
    }
    var found: [Int: Memory] = [:]
    for (map, isGradient, use) in uses.sorted(by: {
      ($0.use.times.lowerBound, $0.map) < ($1.use.times.lowerBound, $1.map)
    }) {
      if isGradient { gradients[map] = memory(map, use) } else { found[map] = memory(map, use) }
    }
    activations = program.shapes.indices.compactMap { found[$0] }
  }

  /// The activations of `map`: of one block, or of all.
  func activation(_ map: Int, block: Int? = nil) -> LaneBlocks { activations[map](block: block) }

  /// The gradient of `map`: of one block, or of all; nil where nobody needs it.
  func gradient(_ map: Int, block: Int? = nil) -> LaneBlocks? {
    gradients[plan.gradientPlaces[map]]?(block: block)
  }
}

/// Memory that is given out again once what lay in it is no longer needed.
private struct MapPool {
  private var taken: [(maps: LaneBlocks, until: Int)] = []

  mutating func take(
    _ shape: FeatureShape, halo: Int, capacity: Int, during times: ClosedRange<Int>
  ) -> LaneBlocks {
    let free = taken.firstIndex {
      $0.until < times.lowerBound && $0.maps.shape == shape && $0.maps.halo == halo
        && $0.maps.capacity == capacity
    }
    if let free {
      taken[free].until = times.upperBound
      return taken[free].maps
    }
    let maps = LaneBlocks(shape: shape, halo: halo, capacity: capacity)
    taken.append((maps, times.upperBound))
    return maps
  }
}
