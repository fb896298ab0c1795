import Networks
import Tensors
import Testing

@Suite struct ConnectionLayoutTests {
  private let layout = ConnectionLayout(
    Architecture.leNet300(FeatureShape(channels: 1, height: 28, width: 28), 10))

  @Test("LeNet-300-100 has three groups of connections, biases included")
  func groups() {
    #expect(layout.groups.map(\.name) == ["classifier.0", "classifier.2", "classifier.4"])
    #expect(layout.groups.map(\.units) == [300, 100, 10])
    #expect(layout.groups.map(\.inputs) == [784, 300, 100])
    #expect(layout.groups.map(\.range) == [0..<235_500, 235_500..<265_600, 265_600..<266_610])
    #expect(layout.count == 266_610)
  }

  @Test("units follow each other, in each the inputs and then the bias")
  func order() {
    let architecture = Architecture(
      name: "small", input: FeatureShape(channels: 2, height: 1, width: 2), classes: 2,
      layers: [.rectifier, .dense("a", neurons: 3), .dense("b", neurons: 2)])
    let layout = ConnectionLayout(architecture)
    let indices = layout.groups.flatMap { group in
      (0..<group.units).flatMap { unit in
        (0...group.inputs).map { group.index(unit: unit, input: $0) }
      }
    }
    #expect(indices == Array(0..<3 * 5 + 2 * 4))
    #expect(layout.count == indices.count)
  }

  @Test("an architecture without dense layers has no connections")
  func empty() {
    let architecture = Architecture(
      name: "none", input: FeatureShape(channels: 2), classes: 2, layers: [.rectifier])
    #expect(ConnectionLayout(architecture).count == 0)
    #expect(ConnectionLayout(architecture).groups.isEmpty)
  }
}
