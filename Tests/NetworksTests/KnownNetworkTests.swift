import Networks
import Tensors
import Testing

@Suite struct KnownNetworkTests {
  /// Numbers that the dense layers of `network` read of images of `side` × `side`.
  private func denseInputs(_ network: KnownNetwork, side: Int) -> [Int] {
    let input = FeatureShape(channels: network.usualInput.channels, height: side, width: side)
    let groups = ConnectionLayout(network.architecture(input, classes: 10)).groups
    return groups.filter { $0.kind == .dense }.map(\.inputs)
  }

  @Test("something is left of the smallest images a network takes, nothing of smaller ones")
  func smallest() {
    for network in KnownNetwork.all {
      let side = network.smallestSide
      let inputs = denseInputs(network, side: side)
      #expect(!inputs.isEmpty && inputs.allSatisfy { $0 > 0 }, "\(network.name)")
      guard side > 1 else { continue }
      #expect(denseInputs(network, side: side - 1).contains(0), "\(network.name)")
    }
  }

  @Test("channels must be the network's, rows and columns enough")
  func takes() {
    for network in KnownNetwork.all {
      let (name, channels) = (network.name, network.usualInput.channels)
      let side = network.smallestSide
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

  @Test("each has the connections it is known for, and a name of its own")
  func connections() {
    for network in KnownNetwork.all {
      let layout = ConnectionLayout(network.usual)
      #expect(
        layout.keptCount(Mask(count: layout.count)) == network.connections, "\(network.name)")
    }
    #expect(Set(KnownNetwork.all.map(\.name)).count == KnownNetwork.all.count)
  }
}
