import Networks
import Tensors
import Testing

@Suite struct KnownNetworkTests {
  private static let names = Architecture.known.keys.sorted()

  /// Numbers that the dense layers of the network `name` read of images of `side` × `side`.
  private func denseInputs(_ name: String, side: Int) throws -> [Int] {
    let network = try #require(Architecture.known[name])
    let input = FeatureShape(channels: network.channels, height: side, width: side)
    let groups = ConnectionLayout(network(input, 10)).groups
    return groups.filter { $0.kind == .dense }.map(\.inputs)
  }

  @Test("something is left of the smallest images a network takes, nothing of smaller ones")
  func smallest() throws {
    for name in Self.names {
      let side = try #require(Architecture.known[name]).smallestSide
      #expect(try denseInputs(name, side: side).allSatisfy { $0 > 0 }, "\(name)")
      guard side > 1 else { continue }
      #expect(try denseInputs(name, side: side - 1).contains(0), "\(name)")
    }
  }

  @Test("channels must be the network's, rows and columns enough")
  func takes() throws {
    for name in Self.names {
      let network = try #require(Architecture.known[name])
      let (channels, side) = (network.channels, network.smallestSide)
      #expect(channels == (name.hasPrefix("lenet") ? 1 : 3), "\(name)")
      for (channels, height, width, isTaken) in [
        (channels, side, side, true), (channels, 200, side, true),
        (channels, side - 1, 200, false), (channels, 200, side - 1, false),
        (4 - channels, 200, 200, false),
      ] {
        let shape = FeatureShape(channels: channels, height: height, width: width)
        #expect(network.takes(shape) == isTaken, "\(name), \(shape)")
      }
    }
  }
}
