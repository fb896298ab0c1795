import Datasets
import Outcomes
import Recipes
import Tensors
import Testing

@Suite struct FitTests {
  private func dataset(_ shape: FeatureShape, classes: Int = 10) throws -> Dataset {
    let images = ImageSet(
      shape: shape, pixels: [UInt8](repeating: 0, count: shape.count), labels: [0])
    return try Dataset(name: "some", classes: classes, training: images, test: images)
  }

  private func recipe(_ network: String) -> Recipe {
    var recipe = Recipe()
    recipe.network.name = network
    return recipe
  }

  @Test(
    "a network that does not take the images is refused: network, images and what takes them",
    arguments: [
      ("lenet5", 3, 32, "greyscale images of 16×16 or more", "resnet20"),
      ("lenet5", 1, 15, "greyscale images of 16×16 or more", "lenet300-100"),
      ("lenet300-100", 3, 64, "greyscale images of any size", "vgg16"),
      ("vgg16", 3, 28, "colour images of 32×32 or more", "resnet18"),
      ("vgg-like", 1, 32, "colour images of 32×32 or more", "lenet5"),
      ("resnet18", 1, 28, "colour images of any size", "lenet300-100, lenet5"),
      ("resnet20", 2, 28, "colour images of any size", "none"),
    ])
  func refused(_ network: String, _ channels: Int, _ side: Int, _ demand: String, _ other: String)
    throws
  {
    let data = try dataset(FeatureShape(channels: channels, height: side, width: side))
    let error = try #require(throws: ConfigurationError.self) {
      try recipe(network).requireFit(data)
    }
    #expect(error.exitCode == .badConfiguration && error.place == "network.name")
    for part in ["\(network) takes \(demand)", "some has", "\(side)×\(side)", other] {
      #expect(error.description.contains(part), "\(error) lacks \(part)")
    }
  }

  @Test(
    "usual images are taken",
    arguments: [
      ("lenet300-100", 1, 28), ("lenet5", 1, 28), ("vgg11", 3, 32), ("vgg19", 3, 64),
      ("resnet110", 3, 32), ("resnet34", 3, 64),
    ])
  func taken(_ network: String, _ channels: Int, _ side: Int) throws {
    let data = try dataset(FeatureShape(channels: channels, height: side, width: side))
    try recipe(network).requireFit(data)
  }

  @Test("one class alone is nothing to tell apart")
  func oneClass() throws {
    let shape = FeatureShape(channels: 1, height: 28, width: 28)
    let error = try #require(throws: ConfigurationError.self) {
      try recipe("lenet5").requireFit(dataset(shape, classes: 1))
    }
    #expect(error.description.contains("some has 1 class") && error.exitCode == .badConfiguration)
    try recipe("lenet5").requireFit(dataset(shape, classes: 2))
  }
}
