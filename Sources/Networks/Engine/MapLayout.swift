import Tensors

/// Where the maps of a program lie: which of them share a place, and how large places are. Memory is
/// given out again once what lay in it is no longer needed.
struct MapLayout {
  /// Room for maps of one shape.
  struct Place {
    let shape: FeatureShape
    let halo: Int
    let capacity: Int
    fileprivate var until: Int
  }

  /// A map's place, and whether every block of a run is kept in it.
  struct Use {
    let place: Int
    let isWhole: Bool
  }

  /// All places.
  private(set) var places: [Place] = []
  /// The place of each map's activations.
  private(set) var activations: [Use] = []
  /// The places of gradients, by what `MapPlan.gradientPlaces` calls them.
  private(set) var gradients: [Int: Use] = [:]

  /// A layout for runs of up to `blocks` lane blocks.
  init(_ program: Program, _ plan: MapPlan, blocks: Int) {
    let stageCount = program.stages.count
    let wholeRun = program.stages.map(Stage.takesWholeRun)
    var uses = program.shapes.indices.map { (map: $0, isGradient: false, use: plan.activation($0)) }
    for place in Set(plan.gradientPlaces) {
      if let use = plan.gradient(at: place) { uses.append((place, true, use)) }
    }
    var found: [Int: Use] = [:]
    for (map, isGradient, use) in uses.sorted(by: {
      ($0.use.times.lowerBound, $0.map) < ($1.use.times.lowerBound, $1.map)
    }) {
      let stage = use.times.lowerBound
      let takesRun = wholeRun[stage < stageCount ? stage : 2 * stageCount - 1 - stage]
      let place = take(
        program.shapes[map], halo: plan.halos[map],
        capacity: use.isWhole || takesRun ? blocks : 1, during: use.times)
      if isGradient {
        gradients[map] = Use(place: place, isWhole: use.isWhole)
      } else {
        found[map] = Use(place: place, isWhole: use.isWhole)
      }
    }
    activations = program.shapes.indices.compactMap { found[$0] }
  }

  private mutating func take(
    _ shape: FeatureShape, halo: Int, capacity: Int, during times: ClosedRange<Int>
  ) -> Int {
    let free = places.firstIndex {
      $0.until < times.lowerBound && $0.shape == shape && $0.halo == halo && $0.capacity == capacity
    }
    if let free {
      places[free].until = times.upperBound
      return free
    }
    places.append(Place(shape: shape, halo: halo, capacity: capacity, until: times.upperBound))
    return places.count - 1
  }
}
