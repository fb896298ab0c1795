import Foundation
import Outcomes
import Recipes
import Runs
import Storage
import TestSupport
import Testing

@Suite struct CheckpointTests {
  /// Checkpoints after every epoch of a run, the last within its second training.
  private static func checkpoints() throws -> [Checkpoint] {
    let run = SyntheticRun()
    var recipe = SyntheticRun.recipe
    recipe.pruning.iterations = 1
    recipe.checkpoint.steps = 4
    _ = try run(recipe, on: SyntheticRun.dataset(training: 300))
    return run.checkpoints
  }

  /// `RELIEF_DAMAGES` is how many.
  @Test("500 damages at random are all seen; what opens is what was written")
  func damage() throws {
    let count = ProcessInfo.processInfo.environment["RELIEF_DAMAGES"].flatMap(Int.init) ?? 500
    let seed = SeededRandom.printedSeed()
    var random = SeededRandom(seed: seed)
    let whole = try #require(try Self.checkpoints().last).sealed().encoded()
    for _ in 0..<count {
      let damaged = Self.damaged(whole, &random)
      do {
        let read = try Checkpoint(damaged, path: "some")
        #expect(damaged == whole && read.steps > 0, "seed \(seed)")
      } catch let error as FileError {
        #expect(error.exitCode == .badDataFile, "seed \(seed)")
        #expect(error.description.hasPrefix("some: "), "seed \(seed)")
      }
    }
  }

  /// Bytes changed, cut off, taken out, put in, or exchanged; mostly in the header, where they
  /// matter most.
  private static func damaged(_ whole: Data, _ random: inout SeededRandom) -> Data {
    var data = whole
    let reach = Bool.random(using: &random) ? min(4000, data.count) : data.count
    let place = Int.random(in: 0..<reach, using: &random)
    let length = Int.random(in: 1...min(600, data.count - place), using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: data[place] = UInt8.random(in: 0...255, using: &random)
    case 1: data.removeLast(data.count - place)
    case 2: data.removeSubrange(place..<place + length)
    case 3: data.replaceSubrange(place..<place + length, with: Data(count: length))
    default: data.insert(contentsOf: [UInt8](repeating: 0x30, count: length), at: place)
    }
    return data
  }

  @Test("what the network has lost is not in its checkpoints")
  func size() throws {
    let checkpoints = try Self.checkpoints()
    let sizes = try checkpoints.map { try $0.sealed().encoded().count }
    // Rewinding with Adam: parameters, initial values and two moments; the best epoch's and the
    // chosen network's parameters where they are others.
    let (first, last) = (try #require(sizes.first), try #require(sizes.last))
    #expect(first > 4 * 4 * 266_610 && first < 5 * 4 * 266_610 + 100_000)
    #expect(last < first)
  }

  private static let changes: [(change: @Sendable (inout Recipe) -> Void, words: String)] = [
    ({ $0.training.batch = 96 }, "training.batch is 96, it was 120"),
    ({ $0.training.seed = 5 }, "training.seed is 5, it was 0"),
    ({ $0.pruning.alphaDense = 0.9 }, "pruning.alpha_dense is 0.9, it was 0.95"),
    ({ $0.training.engine = .openblas }, "OpenBLAS is OpenBLAS 0."),
  ]

  @Test("a changed recipe is refused with what differs", arguments: changes.indices)
  func refusal(_ index: Int) throws {
    let (change, words) = Self.changes[index]
    let checkpoint = try #require(try Self.checkpoints().first)
    var recipe = SyntheticRun.recipe
    recipe.pruning.iterations = 1
    let dataset = try SyntheticRun.dataset(training: 300)
    // Where the images lie and when the run is saved changes nothing.
    recipe.data.path = "/elsewhere"
    recipe.checkpoint.keep = 1
    try checkpoint.require(RunIdentity(recipe, dataset: dataset, worldSize: 1))
    change(&recipe)
    let error = try #require(throws: ConfigurationError.self) {
      try checkpoint.require(RunIdentity(recipe, dataset: dataset, worldSize: 1))
    }
    #expect(error.exitCode == .badConfiguration)
    #expect(error.description.contains(words) && error.description.contains("--resume never"))
  }

  @Test("the number of ranks decides nothing unless each normalises its own images")
  func ranks() throws {
    let dataset = try SyntheticRun.dataset(training: 300)
    var recipe = SyntheticRun.recipe
    func identity(_ worldSize: Int) -> RunIdentity {
      RunIdentity(recipe, dataset: dataset, worldSize: worldSize)
    }
    #expect(identity(2) == identity(3))
    recipe.training.batchNorm = .local
    #expect(identity(2) == identity(2))
    #expect(identity(2) != identity(3))
  }

  @Test("other images are refused")
  func otherData() throws {
    let checkpoint = try #require(try Self.checkpoints().first)
    var recipe = SyntheticRun.recipe
    recipe.pruning.iterations = 1
    let error = try #require(throws: ConfigurationError.self) {
      try SyntheticRun()(recipe, on: SyntheticRun.dataset(training: 301), from: checkpoint)
    }
    #expect(error.description.contains("data (SHA-256) is "))
  }
}
