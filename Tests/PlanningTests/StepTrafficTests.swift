import Communication
import Datasets
import Networks
import Optimizers
import Planning
import Tensors
import Testing
import Training

@Suite struct StepTrafficTests {
  @Test("one process sends nothing")
  func alone() throws {
    let traffic = StepTraffic(buckets: [1000], channels: [16])
    #expect(traffic.bytes(images: 128, ranks: 1) == 0)
    #expect(traffic.bytes(epochOver: 500, batch: 128, ranks: 1) == 0)
    #expect(traffic.seconds(images: 128, on: try Cluster(ranks: 1)) == 0)
  }

  /// Gradients and parameters go to n − 1 others each; two numbers of 16 channels twice.
  @Test("runs that are one subtree", arguments: [2, 4, 8])
  func aligned(ranks: Int) {
    let traffic = StepTraffic(buckets: [1000], channels: [16])
    let moments = 2 * 2 * 16 * 8
    #expect(
      traffic.bytes(images: 128, ranks: ranks)
        == (ranks - 1) * 2 * 4 * 1000 + ranks * (ranks - 1) * moments)
  }

  /// 8 blocks on 3 ranks: 0–2 is two subtrees, 3–5 two, 6–7 one.
  @Test func unaligned() {
    let traffic = StepTraffic(buckets: [999], channels: [10])
    let gradients = 4 * (2 + 2 + 1) * (999 - 333)
    let moments = 2 * 2 * (2 + 2 + 1) * 2 * 10 * 8
    #expect(traffic.bytes(images: 128, ranks: 3) == gradients + 4 * 2 * 999 + moments)
  }

  /// 300 images in batches of 128: two full ones and one of 44, in which the fourth rank has no
  /// block.
  @Test func epochsHaveAShortLastBatch() {
    let traffic = StepTraffic(buckets: [1000], channels: [])
    let last = traffic.bytes(images: 44, ranks: 4)
    #expect(last == 4 * (3 * 750 + 3 * 1000))
    let losses = 3 * (3 * 3 + 2) * 2 * 8
    #expect(
      traffic.bytes(epochOver: 300, batch: 128, ranks: 4)
        == 2 * traffic.bytes(images: 128, ranks: 4) + last + losses)
  }

  /// What steps of all ranks count, each by itself.
  @Test(
    "steps send as many bytes", arguments: [("lenet300-100", 2), ("lenet5", 3), ("resnet20", 3)],
    [0, 1.0])
  func steps(of shape: (name: String, ranks: Int), clipNorm: Double) throws {
    let (name, ranks) = shape
    let architecture = try #require(KnownNetwork.named(name)).usual
    let images = ImageSet.synthetic(
      count: 70, shape: architecture.input, classes: architecture.classes)
    let batch = Subset(images, order: Array(0..<70)).batches(of: 70)[0]
    var (sent, layout): (Int, ConnectionLayout?) = (0, nil)
    var buckets: [Int] = []
    for rank in 0..<ranks {
      let lone = DryRunRank(rank: rank, worldSize: ranks)
      let network = Network(
        architecture, mask: Mask(count: Graph(architecture).layout.count),
        parameters: Network.initialParameters(architecture, seed: 0),
        kernels: KernelSet.available[0])
      let replica = Replica(
        network, batch: 70,
        optimizer: OptimizerSettings(kind: .sgd, weightDecay: 0, momentum: 0.9),
        clipNorm: clipNorm, communicator: lone)
      _ = try replica.step(batch, learningRate: 1e-3)
      sent += lone.bytesSent
      layout = network.layout
      buckets =
        ParameterSegments(layers: network.parameterRanges, rank: 0, worldSize: 1).bucketSizes
    }
    let groups = try #require(layout).groups.filter { $0.kind == .batchNorm }
    let traffic = StepTraffic(
      buckets: buckets, channels: groups.map(\.units), clips: clipNorm > 0)
    #expect(traffic.bytes(images: 70, ranks: ranks) == sent)
  }

  /// 2 ranks on 2 machines: two transfers of one latency and 8 kB each way at 1 GB/s, two of
  /// one message for each batch norm.
  @Test func secondsOnANetwork() throws {
    let cluster = try Cluster(
      ranks: 2, ranksPerNode: 1, interconnect: Link(latency: 1e-3, bandwidth: 1e9))
    let traffic = StepTraffic(buckets: [2000], channels: [])
    #expect(abs(traffic.seconds(images: 32, on: cluster) - (2e-3 + 8e-6)) < 1e-12)
    let normalised = StepTraffic(buckets: [2000], channels: [5])
    let moments = Double(2 * 2 * 5 * 8) / 1e9
    #expect(
      abs(normalised.seconds(images: 32, on: cluster) - (4e-3 + 8e-6 + moments)) < 1e-12)
  }

  @Test("ranks of a machine share its network, and pass by it among themselves")
  func sharing() throws {
    let link = Link(latency: 0, bandwidth: 1e9)
    let spread = try Cluster(ranks: 4, ranksPerNode: 1, interconnect: link)
    let packed = try Cluster(ranks: 4, ranksPerNode: 2, interconnect: link)
    #expect((spread.nodes, packed.nodes) == (4, 2))
    #expect(abs(spread.seconds(sending: 3e9) - 3) < 1e-9)
    #expect(
      abs(packed.seconds(sending: 3e9) - (2 * 2 + 1e9 / Link.sharedMemory.bandwidth)) < 1e-9)
    #expect(try Cluster(ranks: 8, cores: 2).ranksPerCore == 4)
    #expect(try Cluster(ranks: 8, interconnect: link, cores: 2).ranksPerCore == 1)
  }
}
