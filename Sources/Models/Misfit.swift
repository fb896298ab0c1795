import Networks
import Storage

/// What keeps the tensors of a file from being those of a network.
struct Misfit: CustomStringConvertible {
  private var missing: [String] = []
  private var surplus: [String] = []
  private var misshapen: [String] = []
  private var shared = 0

  /// That of `file` to a network of these connections.
  init(of file: Safetensors, to layout: ConnectionLayout) {
    var expected: [String: [Int]] = [:]
    for tensor in layout.tensors { expected[tensor.name] = tensor.shape }
    for statistic in layout.statisticTensors { expected[statistic.name] = [statistic.range.count] }
    for (name, shape) in expected.sorted(by: { $0.key < $1.key }) {
      guard let tensor = file.tensors[name] else {
        missing.append(name)
        continue
      }
      shared += 1
      if tensor.shape != shape || tensor.type != .float32 {
        misshapen.append(
          "\(name) is \(tensor.type.rawValue) of \(tensor.shape), not F32 of \(shape)")
      }
    }
    surplus = file.tensors.keys.filter {
      expected[$0] == nil && !$0.hasPrefix("mask.") && !$0.hasSuffix(".num_batches_tracked")
    }.sorted()
  }

  /// Whether the tensors are the network's.
  var isNone: Bool { count == 0 }
  private var count: Int { missing.count + surplus.count + misshapen.count }

  /// Networks have fewer tensors, and these shorter names; files may have any.
  private static let (mostNames, mostCharacters) = (1000, 200)

  /// Every tensor that is missing, too many or of another shape.
  var description: String {
    func phrase(_ words: String, _ names: [String]) -> String? {
      guard !names.isEmpty else { return nil }
      let more = names.count - Self.mostNames
      let list = names.prefix(Self.mostNames).map { String($0.prefix(Self.mostCharacters)) }
      return words + list.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }
    return [
      phrase("it has no ", missing), phrase("it has also ", surplus), phrase("", misshapen),
    ].compactMap(\.self).joined(separator: "; ")
  }

  /// In words, how `file` differs from the known network, for its usual images, with which it
  /// shares most names.
  static func nearest(_ file: Safetensors) -> String {
    let misfits = KnownNetwork.all.map {
      ($0.name, Misfit(of: file, to: ConnectionLayout($0.usual)))
    }
    guard
      let (name, misfit) = misfits.min(by: {
        ($1.1.shared, $0.1.count) < ($0.1.shared, $1.1.count)
      })
    else { return "" }
    if misfit.shared == 0 {
      let names = file.tensors.keys.sorted().prefix(3).joined(separator: ", ")
      return """
        holds no known network: none of its \(file.tensors.count) tensors (\(names), …) has a name \
        that one has
        """
    }
    return "holds no known network; of \(name), the nearest, \(misfit)"
  }
}
