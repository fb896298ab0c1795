import Tensors

/// Where the maps of a program lie: which of them share a place, and how large places are. A place
/// is given out again once what lay in it is no longer needed, and memory is taken when all is
/// known.
struct MapMemory {
  /// Room for maps of one shape.
  struct Place {
    let shape: FeatureShape
    let halo: Int
    let capacity: Int
    fileprivate var until: Int
  }

  /// A map's place, and whether every block of a share is kept in it.
  struct Use {
    let place: Int
    let isWhole: Bool
  }

  /// When maps are needed.
  let lifetimes: MapLifetimes
  /// All places.
  private(set) var places: [Place] = []
  /// The place of each map's activations.
  private(set) var activations: [Use] = []
  /// The places of gradients, by what `MapLifetimes.gradientPlaces` calls them.
  private(set) var gradients: [Int: Use] = [:]

  /// Memory for training (or for forward passes alone) over shares of up to `blocks` lane blocks,
  /// and perhaps for the gradient of the input.
  init(_ program: Program, blocks: Int, trains: Bool, makesInputGradient: Bool = false) {
    lifetimes = MapLifetimes(program, trains: trains, makesInputGradient: makesInputGradient)
    let stageCount = program.stages.count
    let wholeShare = program.stages.map(Stage.takesWholeShare)
    var lives = program.shapes.indices.map {
      (map: $0, isGradient: false, life: lifetimes.activation($0))
    }
    for place in Set(lifetimes.gradientPlaces) {
      if let life = lifetimes.gradient(at: place) { lives.append((place, true, life)) }
    }
    var found: [Int: Use] = [:]
    for (map, isGradient, life) in lives.sorted(by: {
      ($0.life.times.lowerBound, $0.map) < ($1.life.times.lowerBound, $1.map)
    }) {
      let stage = life.times.lowerBound
      let takesShare = wholeShare[stage < stageCount ? stage : 2 * stageCount - 1 - stage]
      let place = take(
        program.shapes[map], halo: lifetimes.halos[map],
        capacity: life.isWhole || takesShare ? blocks : 1, during: life.times)
      if isGradient {
        gradients[map] = Use(place: place, isWhole: life.isWhole)
      } else {
        found[map] = Use(place: place, isWhole: life.isWhole)
      }
    }
    activations = program.shapes.indices.compactMap { found[$0] }
  }

  /// Bytes of all places.
  var bytes: Int {
    places.reduce(0) {
      $0 + LaneBlocks.count(shape: $1.shape, halo: $1.halo, capacity: $1.capacity)
        * MemoryLayout<Float>.stride
    }
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

/// The maps of a program, in memory.
final class ProgramMaps {
  /// One map: all blocks of a share, or one lane block (or the share of a stage) at a time.
  private struct Map {
    let maps: LaneBlocks
    let windows: [LaneBlocks]

    init(_ maps: LaneBlocks, isWhole: Bool) {
      self.maps = maps
      windows = isWhole ? (0..<maps.capacity).map { LaneBlocks(maps, block: $0) } : []
    }

    func blocks(_ block: Int?) -> LaneBlocks {
      guard let block, !windows.isEmpty else { return maps }
      return windows[block]
    }
  }

  private let gradientPlaces: [Int]
  private let activations: [Map]
  private let gradients: [Int: Map]

  /// Takes the memory.
  init(_ memory: MapMemory) {
    let places = memory.places.map {
      LaneBlocks(shape: $0.shape, halo: $0.halo, capacity: $0.capacity)
    }
    gradientPlaces = memory.lifetimes.gradientPlaces
    activations = memory.activations.map { Map(places[$0.place], isWhole: $0.isWhole) }
    gradients = memory.gradients.mapValues { Map(places[$0.place], isWhole: $0.isWhole) }
  }

  /// The activations of `map`: of one block, or of all.
  func activation(_ map: Int, block: Int? = nil) -> LaneBlocks { activations[map].blocks(block) }

  /// The gradient of `map`: of one block, or of all; nil where nobody needs it.
  func gradient(_ map: Int, block: Int? = nil) -> LaneBlocks? {
    gradients[gradientPlaces[map]]?.blocks(block)
  }
}
