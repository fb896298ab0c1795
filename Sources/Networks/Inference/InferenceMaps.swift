import Tensors

/// In which order operations run over lane blocks, and where their maps lie.
///
/// Operations are cut in *sections*: in one all operations go over the whole share in turn (those
/// whose weights are larger than a block's maps, and dense layers), in another a lane block goes
/// through all operations before the next, so that each finds the last one's numbers in the cache.
/// A map has memory from the operation that writes it to the last that reads it.
struct InferenceMaps {
  /// Consecutive operations that go block by block, or over the whole share.
  struct Section {
    var operations: Range<Int>
    let takesWholeShare: Bool
  }

  /// Room for maps of one shape.
  struct Place: Equatable {
    let shape: FeatureShape
    let halo: Int
    let capacity: Int
  }

  /// The sections in order.
  private(set) var sections: [Section] = []
  /// All places.
  private(set) var places: [Place] = []
  /// The place of each map that is there.
  private(set) var placeOfMap: [Int: Int] = [:]
  private var until: [Int] = []

  /// Those of `graph` for up to `blocks` lane blocks.
  init(_ graph: InferenceGraph, blocks: Int) {
    cut(graph)
    let halos = graph.halos
    for (map, life) in lives(graph).sorted(by: {
      ($0.value.times.lowerBound, $0.key) < ($1.value.times.lowerBound, $1.key)
    }) {
      let wanted = Place(
        shape: graph.shapes[map], halo: halos[map], capacity: life.isWhole ? blocks : 1)
      // An activation may lie where its input does, if as many blocks of both are kept.
      if let place = graph.inheritedMap(map).flatMap({ placeOfMap[$0] }), places[place] == wanted {
        placeOfMap[map] = place
        until[place] = max(until[place], life.times.upperBound)
      } else {
        placeOfMap[map] = take(wanted, during: life.times)
      }
    }
  }

  /// Bytes of all places.
  var bytes: Int {
    places.reduce(0) {
      $0 + LaneBlocks.count(shape: $1.shape, halo: $1.halo, capacity: $1.capacity)
        * MemoryLayout<Float>.stride
    }
  }

  private mutating func cut(_ graph: InferenceGraph) {
    for (index, operation) in graph.operations.enumerated() {
      let wish = operation.takesWholeShare
      if let last = sections.last, wish ?? last.takesWholeShare == last.takesWholeShare {
        sections[sections.count - 1].operations = last.operations.lowerBound..<index + 1
      } else {
        sections.append(Section(operations: index..<index + 1, takesWholeShare: wish ?? false))
      }
    }
  }

  /// From which operation to which each map is needed, and whether every block of it is kept.
  private func lives(_ graph: InferenceGraph) -> [Int: (times: ClosedRange<Int>, isWhole: Bool)] {
    var lives: [Int: (times: ClosedRange<Int>, isWhole: Bool)] = [:]
    let end = graph.operations.count
    for map in graph.shapes.indices {
      let writer = graph.operations.firstIndex { $0.output == map }
      let touching = graph.readers(of: map) + (writer.map { [$0] } ?? [])
      guard map == 0 || writer != nil else { continue }
      let first = writer ?? 0
      let last = max(touching.max() ?? 0, map == graph.logits ? end : 0)
      let met = sections.filter { section in touching.contains { section.operations.contains($0) } }
      let isWhole =
        map == 0 || map == graph.logits || met.count > 1 || met.contains(where: \.takesWholeShare)
      // Blocks take turns, so that what several sections touch is needed to their ends.
      let start = isWhole ? met.first?.operations.lowerBound ?? 0 : first
      let stop = isWhole ? max(last, (met.last?.operations.upperBound ?? 1) - 1) : last
      lives[map] = ((map == 0 ? 0 : start)...max(start, stop), isWhole)
    }
    return lives
  }

  private mutating func take(_ place: Place, during times: ClosedRange<Int>) -> Int {
    let free = places.indices.first { places[$0] == place && until[$0] < times.lowerBound }
    if let free {
      until[free] = times.upperBound
      return free
    }
    places.append(place)
    until.append(times.upperBound)
    return places.count - 1
  }
}

extension InferenceGraph {
  /// Zeros that readers need around each map.
  fileprivate var halos: [Int] {
    var halos = [Int](repeating: 0, count: shapes.count)
    for operation in operations {
      guard case .product(let product) = operation.kind else { continue }
      let padding = product.convolution?.padding ?? 0
      halos[operation.inputs[0]] = max(halos[operation.inputs[0]], padding)
    }
    for map in shapes.indices.reversed() {
      if let inherited = inheritedMap(map) {
        halos[inherited] = max(halos[inherited], halos[map])
        halos[map] = halos[inherited]
      }
    }
    return halos
  }

  /// The map in whose place `map` may lie: that of an activation that nothing else reads.
  fileprivate func inheritedMap(_ map: Int) -> Int? {
    guard let index = operations.firstIndex(where: { $0.output == map }),
      case .activation(let activation) = operations[index].kind, activation.worksInPlace,
      let input = operations[index].inputs.first, input != 0, readers(of: input) == [index]
    else { return nil }
    return input
  }
}

extension Activation {
  /// Whether it may be computed where its input lies.
  var worksInPlace: Bool {
    switch self {
    case .rectifier, .leaky: true
    case .smooth: false
    }
  }
}

extension InferenceGraph.Operation {
  /// Whether all blocks of a share should go through it in one call; nil where it does not matter.
  fileprivate var takesWholeShare: Bool? {
    guard case .product(let product) = kind else { return nil }
    guard let shape = product.convolution else { return true }
    return product.weights.count > (shape.input.count + shape.output.count) * LaneBlocks.lanes
  }
}
