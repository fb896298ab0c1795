import Datasets
import Outcomes
import Testing

@Suite struct SplitTests {
  @Test(
    "training and validation images are apart, ascending and together what is used",
    arguments: [
      (100, 0, 0), (100, 0, 30), (100, 40, 10), (100, 100, 99), (100, 1000, 1), (1, 0, 0),
    ])
  func partition(_ images: Int, _ limit: Int, _ validation: Int) throws {
    let split = try Split(images: images, limit: limit, validation: validation, seed: 3)
    let used = limit == 0 ? images : min(limit, images)
    #expect(split.validation.count == validation)
    #expect(split.training.count == used - validation)
    let all = Set(split.training + split.validation)
    #expect(all.count == used)
    #expect(all.allSatisfy((0..<images).contains))
    #expect(split.training == split.training.sorted())
    #expect(split.validation == split.validation.sorted())
  }

  @Test("without a limit every image is used")
  func everything() throws {
    let split = try Split(images: 50, limit: 0, validation: 20, seed: 1)
    #expect((split.training + split.validation).sorted() == Array(0..<50))
  }

  @Test("the seed decides, and nothing else")
  func seed() throws {
    for limit in [0, 500] {
      let first = try Split(images: 1000, limit: limit, validation: 100, seed: 1)
      let again = try Split(images: 1000, limit: limit, validation: 100, seed: 1)
      let other = try Split(images: 1000, limit: limit, validation: 100, seed: 2)
      #expect(first.training == again.training && first.validation == again.validation)
      // Not the lists themselves, which a failure would print.
      let isSame = first.validation == other.validation || first.training == other.training
      #expect(!isSame, "limit \(limit)")
    }
  }

  @Test("images are drawn from everywhere, not from the front")
  func spread() throws {
    let split = try Split(images: 10_000, limit: 1000, validation: 200, seed: 0)
    for (name, chosen) in [("training", split.training), ("validation", split.validation)] {
      let mean = Double(chosen.reduce(0, +)) / Double(chosen.count)
      // The mean of that many draws deviates by about 200 at most.
      #expect(abs(mean - 5000) < 1000, "\(name): mean \(mean)")
    }
  }

  @Test(
    "a validation that leaves nothing to train on is refused with both numbers",
    arguments: [(100, 0, 100, 100), (100, 0, 5000, 100), (60_000, 1000, 5000, 1000), (0, 0, 0, 0)])
  func validationTooLarge(_ images: Int, _ limit: Int, _ validation: Int, _ used: Int) throws {
    let error = try #require(throws: ConfigurationError.self) {
      try Split(images: images, limit: limit, validation: validation, seed: 0)
    }
    #expect(error.exitCode == .badConfiguration)
    #expect(error.description.contains("data.validation"))
    #expect(error.description.contains("\(validation) images to validate on out of \(used)"))
    #expect(error.description.contains("data.limit") == (limit > 0))
  }
}
