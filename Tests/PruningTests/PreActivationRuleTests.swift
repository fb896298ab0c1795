import Networks
import Tensors
import Testing

/// The rules where a residual sum has no batch norm and rectifier of its own, as in wide residual
/// networks: c and r are taken of what is added, and what normalises the sum is no unit's.
@Suite struct PreActivationRuleTests {
  private static func block(_ number: Int) -> Layer {
    .residual(
      "block\(number)",
      body: [
        .batchNorm("norm\(number)"), .rectifier,
        .convolution("conv\(number)", filters: 2, kernel: 1, bias: false),
      ], shortcut: .identity)
  }

  /// Two blocks over two channels of one pixel. Each filter sees its like alone; the image is 1 and
  /// 10, so that the first sum is 2 and 20, the second 4 and 40.
  private static var network: HandworkedNetwork {
    var network = HandworkedNetwork(
      FeatureShape(channels: 2), scoreNorm: .euclidean,
      [
        block(1), block(2), .batchNorm("last"), .rectifier, .globalAveragePool,
        .dense("classes", neurons: 1),
      ])
    network.set("conv1", [[1, 0], [0, 1]])
    network.set("conv2", [[1, 0], [0, 1]])
    network.set("classes", [[1, 1, 0]])
    network.images = [[1, 10]]
    return network
  }

  /// Channel 0 of the first block adds 20 to 1, channel 1 adds 1 to 10: a twentieth and a tenth,
  /// both below the ninth that α = 0.9 allows.
  @Test("The weaker of body and shortcut goes by what is added; the norm of the sum stays")
  func balance() throws {
    var network = Self.network
    network.set("conv1", [[20, 0], [0, 0.1]])
    let pruned = try network.pruned(.convolutions, convolutions: 0.9)
    #expect(pruned["conv1"] == [[1, 0], [0, 0]])
    #expect(pruned["block1.shortcut"] == [[0], [1]])
    #expect(pruned["conv2"] == [[1, 0], [0, 1]])
    #expect(pruned.keepsAll(but: ["conv1", "conv2", "block1.shortcut"]))
  }

  @Test("A unit that its reader never sees lives as long as a shortcut carries it")
  func carried() throws {
    var network = Self.network
    network.set("norm2", [[1, -100], [1, 0]])
    let pruned = try network.pruned(.convolutions)
    #expect(pruned.keepsAll(but: []))
  }

  @Test("What nothing sees goes with shortcut and the norm of the sum")
  func dead() throws {
    var network = Self.network
    network.set("last", [[1, -100], [1, 0]])
    let pruned = try network.pruned(.convolutions)
    #expect(pruned["conv2"] == [[0, 0], [1, 1]])
    #expect(pruned["block2.shortcut"] == [[0], [1]])
    #expect(pruned["last"] == [[0], [1]])
    #expect(pruned.keepsAll(but: ["conv2", "block2.shortcut", "last"]))
  }

  @Test("A sum of nothing has no norm")
  func empty() throws {
    var network = Self.network
    network["conv1"] = [[0, 0], [1, 1]]
    network["block1.shortcut"] = [[0], [1]]
    for part in [HandworkedNetwork.Part.convolutions, .denseLayers] {
      #expect(try network.pruned(part)["norm2"] == [[0], [1]])
    }
  }

  @Test("A norm that nothing reads goes, and the sum that a shortcut carries past it stays")
  func unread() throws {
    var network = Self.network
    network["conv2"] = [[0, 1], [0, 1]]
    let pruned = try network.pruned(.denseLayers)
    #expect(pruned["norm2"] == [[0], [1]])
    #expect(pruned["conv1"] == [[1, 1], [1, 1]])
    #expect(pruned.keepsAll(but: ["norm2", "conv2"]))
  }

  @Test("What neither a connection nor a shortcut reads goes as a whole")
  func unreadByAll() throws {
    var network = Self.network
    network["conv2"] = [[0, 1], [0, 1]]
    network["block2.shortcut"] = [[0], [1]]
    let pruned = try network.pruned(.denseLayers)
    #expect(pruned["conv1"] == [[0, 0], [1, 1]])
    #expect(pruned["norm2"] == [[0], [1]])
    #expect(pruned["block1.shortcut"] == [[0], [1]])
  }
}
