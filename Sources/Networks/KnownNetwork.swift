import Tensors

/// A network that recipes can name, and the images it is for.
public struct KnownNetwork: Sendable {
  /// How an architecture is made for images of a shape and a number of classes.
  public typealias Maker = @Sendable (_ input: FeatureShape, _ classes: Int) -> Architecture

  /// Channels of its images: 1 for greyscale, 3 for colour.
  public let channels: Int
  /// What remains of images with fewer rows or columns is nothing.
  public let smallestSide: Int
  private let make: Maker

  init(channels: Int, smallestSide: Int, _ make: @escaping Maker) {
    (self.channels, self.smallestSide, self.make) = (channels, smallestSide, make)
  }

  /// Its architecture for images of `input` and `classes` classes.
  public func callAsFunction(_ input: FeatureShape, _ classes: Int) -> Architecture {
    make(input, classes)
  }

  /// Whether it takes images of `input`.
  public func takes(_ input: FeatureShape) -> Bool {
    input.channels == channels && min(input.height, input.width) >= smallestSide
  }
}

extension Architecture {
  /// The networks by the name recipes use.
  public static let known: [String: KnownNetwork] = {
    var networks = [
      "lenet300-100": KnownNetwork(channels: 1, smallestSide: 1, leNet300),
      // 16 → 12 → 6 → 2 → 1.
      "lenet5": KnownNetwork(channels: 1, smallestSide: 16, leNet5),
    ]
    for network in VGG.allCases {
      networks[network.rawValue] = KnownNetwork(
        channels: 3, smallestSide: 1 << network.widths.count
      ) { network.architecture($0, $1) }
    }
    for network in SmallResNet.allCases {
      networks["\(network)"] = KnownNetwork(channels: 3, smallestSide: 1, network.architecture)
    }
    for network in LargeResNet.allCases {
      networks["\(network)"] = KnownNetwork(channels: 3, smallestSide: 1, network.architecture)
    }
    return networks
  }()
}
