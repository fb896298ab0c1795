import Networks
import Storage
import Tensors

/// What takes parts of maps, and makes maps of constants.
extension ONNXReader {
  func selection(_ node: ONNXModel.Node) throws -> Value {
    if case .sizes(let sizes)? = values[node.inputs.first ?? ""] {
      let places = try integers(node, 1)
      guard node.operation == "Gather", places.allSatisfy({ sizes.indices.contains($0) }) else {
        throw misunderstood(node, "takes sizes that are not there")
      }
      return .sizes(places.map { sizes[$0] })
    }
    var view = try view(node, 0)
    switch node.operation {
    case "Pad":
      let pads = try integers(node, 1)
      guard pads.count == 8, pads.enumerated().allSatisfy({ $0 % 4 == 1 ? $1 >= 0 : $1 == 0 }),
        pads[1] + pads[5] <= 1 << 16
      else { throw misunderstood(node, "pads other axes than channels") }
      func zeros(_ count: Int) -> [Int?] { [Int?](repeating: nil, count: count) }
      return .maps(
        View(
          map: view.map, channels: zeros(pads[1]) + view.channels + zeros(pads[5]),
          stride: view.stride))
    case "Gather":
      let places = try integers(node, 1)
      guard node.integer("axis", or: 0) == 1,
        places.allSatisfy({ view.channels.indices.contains($0) })
      else { throw misunderstood(node, "takes channels that are not there") }
      return .maps(
        View(map: view.map, channels: places.map { view.channels[$0] }, stride: view.stride))
    default:
      let steps = try integers(node, 4)
      guard try integers(node, 1) == [0, 0], try integers(node, 3) == [2, 3],
        Set(steps).count == 1, steps[0] >= 1,
        try integers(node, 2).allSatisfy({ $0 >= 1 << 16 }), view.stride == 1
      else { throw misunderstood(node, "takes a part that is not understood") }
      view.stride = steps[0]
      return .maps(view)
    }
  }

  func sizes(_ node: ONNXModel.Node) throws -> Value {
    if node.operation == "Shape" {
      let shape = graph.shapes[try view(node, 0).map]
      return .sizes([nil, shape.channels, shape.height, shape.width])
    }
    return .sizes(
      try node.inputs.indices.flatMap { index -> [Int?] in
        if case .sizes(let sizes)? = values[node.inputs[index]] { return sizes }
        return try integers(node, index)
      })
  }

  mutating func expansion(_ node: ONNXModel.Node) throws -> Value {
    guard case .sizes(let sizes)? = values[node.inputs.last ?? ""], [2, 4].contains(sizes.count),
      sizes[0] == nil, let channels = sizes[1]
    else { throw misunderstood(node, "expands to sizes that are not understood") }
    let numbers = try floats(node, constant(node, 0))
    guard numbers.count == channels else { throw misunderstood(node, "expands other channels") }
    let (height, width) = sizes.count == 4 ? (sizes[2] ?? 1, sizes[3] ?? 1) : (1, 1)
    return put(
      .sum(ChannelSum(terms: [], summands: numbers)), named: node.name, inputs: [],
      output: FeatureShape(channels: channels, height: height, width: width))
  }
}
