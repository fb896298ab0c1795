import Tensors

/// Makes the program of a network: layers append their runners to it.
package struct ProgramBuilder {
  /// The network whose parameters the runners compute with.
  let network: Network
  /// Memory that all of them work in, one after the other.
  let scratch = ScratchMemory()
  private(set) var program: Program
  private let parameterRanges: [Range<Int>]
  private let statisticRanges: [Range<Int>]
  /// The runner that wrote the map at hand, where what follows in the same list may become part of
  /// it.
  private var open: (runner: any Runner, map: Int)?

  private init(_ network: Network) {
    self.network = network
    program = Program(input: network.architecture.input)
    parameterRanges = network.parameterRanges
    statisticRanges = network.layout.statisticRanges
  }

  /// The program that runs `network`, from input to output.
  static func program(of network: Network) -> Program {
    var builder = ProgramBuilder(network)
    _ = builder.append(network.graph.layers, input: 0)
    return builder.program
  }

  /// Appends layers on map `input` and returns the number of what comes out.
  mutating func append(_ layers: [PlacedLayer], input: Int) -> Int {
    // What comes into a list may be read elsewhere, so nothing of the list becomes part of what
    // wrote it.
    open = nil
    return layers.reduce(input) { map, layer in
      layer.declaration.append(layer, to: &self, input: map)
    }
  }

  /// Appends a runner for `layer` and returns the number of its output.
  mutating func append(
    _ runner: any Runner, for layer: PlacedLayer, input: Int, addend: Int? = nil,
    output: Int? = nil
  ) -> Int {
    let name = layer.parts.group.map { network.layout.groups[$0].name } ?? "\(layer.declaration)"
    let map = program.append(runner, named: name, input: input, addend: addend, output: output)
    open = (runner, map)
    return map
  }

  /// Numbers a map that is written later.
  mutating func newMap(_ shape: FeatureShape) -> Int { program.newMap(shape) }

  /// Whether what wrote `map` rectifies it from now on.
  mutating func fuseRectifier(into map: Int) -> Bool {
    guard let open, open.map == map else { return false }
    return open.runner.fuseRectifier()
  }

  /// Whether what wrote `map` adds to it, from now on, the channels of `addend`.
  mutating func fuse(adding channels: ShortcutChannels, of addend: Int, into map: Int) -> Bool {
    guard let open, open.map == map, open.runner.fuse(adding: channels) else { return false }
    program.add(addend, to: map)
    return true
  }
}

/// What runners are made of, by layer.
extension ProgramBuilder {
  /// The layer's group of connections.
  func group(_ layer: PlacedLayer) -> (index: Int, group: ConnectionGroup) {
    guard let index = layer.parts.group else {
      preconditionFailure("\(layer.declaration) has no connections")
    }
    return (index, network.layout.groups[index])
  }

  /// Where its surviving parameters lie.
  func parameters(_ layer: PlacedLayer) -> Range<Int> { parameterRanges[group(layer).index] }
  /// Where the running numbers of all its units lie.
  func statistics(_ layer: PlacedLayer) -> Range<Int> { statisticRanges[group(layer).index] }
  /// Its surviving connections.
  func connectivity(_ layer: PlacedLayer) -> Connectivity {
    network.connectivity(group(layer).index)
  }
  /// Its units that survive, where each has one connection.
  func keptUnits(_ layer: PlacedLayer) -> [Int] {
    network.keptUnits(group(layer).group)
  }
}

extension Network {
  /// The units of `group` that survive, where each has one connection.
  func keptUnits(_ group: ConnectionGroup) -> [Int] {
    (0..<group.units).filter { mask[group.index(unit: $0)] }
  }

  /// The surviving connections of a group of the layout.
  package func connectivity(_ group: Int) -> Connectivity {
    let group = layout.groups[group]
    return Connectivity(
      units: group.units, connectionsPerUnit: group.connectionsPerUnit, mask: mask,
      offset: group.offset)
  }
}
