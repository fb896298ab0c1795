import Foundation
import Outcomes
import Recipes
import Runs
import Storage
import TestSupport
import Testing

/// Checkpoints whose seals are right and whose contents are not: somebody else wrote them.
@Suite struct ForgedCheckpointTests {
  private static let images = 300
  private static var recipe: Recipe {
    var recipe = SyntheticRun.recipe
    recipe.training.epochs = 2
    recipe.pruning.iterations = 1
    recipe.pruning.retrainEpochs = 1
    recipe.checkpoint = Recipe.Checkpoint(steps: 1)
    return recipe
  }

  /// The checkpoints of a run as files without seals.
  private static func files() throws -> [Safetensors] {
    let run = SyntheticRun()
    _ = try run(recipe, on: SyntheticRun.dataset(training: images))
    return try run.checkpoints.map { try SealedFile.open($0.sealed().encoded(), path: "whole") }
  }

  private static var numbers: [Any] {
    [
      Int.min, Int.max, -1, 0, 1, 2, 3, 1000, 1 << 40, -0.5, 1e300, -1e300, 0.5, "nan", "inf",
      "-inf",
      NSNull(), "word", [1], [String: Int](),
    ]
  }

  /// A number (or what should be one) put in the place of any value of the header.
  private static func forged(
    _ value: Any, _ random: inout SeededRandom, target: inout Int
  ) -> Any {
    if let object = value as? [String: Any] {
      var object = object
      for key in object.keys.sorted() {
        guard let inner = object[key] else { continue }
        object[key] = forged(inner, &random, target: &target)
      }
      return object
    }
    target -= 1
    return target == -1 ? numbers[Int.random(in: 0..<numbers.count, using: &random)] : value
  }

  private static func count(_ value: Any) -> Int {
    (value as? [String: Any]).map { $0.values.reduce(0) { $0 + count($1) } } ?? 1
  }

  /// The header with one or two values replaced; those that tell which run it is stay.
  private static func forged(_ file: Safetensors, _ random: inout SeededRandom) throws
    -> Safetensors
  {
    var file = file
    let text = Data((file.metadata["state"] ?? "").utf8)
    var header = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    let identity = header.removeValue(forKey: "identity")
    for key in ["bestAccuracy", "unprunedAccuracy", "chosenIteration", "rollbacks"]
    where header[key] == nil && Bool.random(using: &random) { header[key] = 0 }
    for _ in 0..<Int.random(in: 1...2, using: &random) {
      var target = Int.random(in: 0..<count(header), using: &random)
      header = try #require(forged(header, &random, target: &target) as? [String: Any])
    }
    header["identity"] = identity
    file.metadata["state"] = String(
      decoding: try JSONSerialization.data(withJSONObject: header), as: UTF8.self)
    return file
  }

  /// One tensor cut short, taken out, or of other bytes.
  private static func damaged(_ file: Safetensors, _ random: inout SeededRandom) -> Safetensors {
    var file = file
    guard let name = file.tensors.keys.sorted().randomElement(using: &random),
      let tensor = file.tensors[name]
    else { return file }
    let count = tensor.bytes.count
    switch Int.random(in: 0..<4, using: &random) {
    case 0: file.tensors[name] = nil
    case 1: file.tensors[name] = Safetensors.Tensor([Float](repeating: .nan, count: 3), shape: [3])
    case 2:
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      file.tensors[name] = Safetensors.Tensor(bytes, shape: [count])
    default:
      file.tensors[name] = Safetensors.Tensor(
        [Float](repeating: .infinity, count: count / 4), shape: [count / 4])
    }
    return file
  }

  /// It is refused as damaged, or the run comes to an end; `RELIEF_DAMAGES` is how many there are.
  @Test("none traps or runs for ever, whatever its header and tensors say")
  func forgeries() throws {
    let seed = SeededRandom.printedSeed()
    var random = SeededRandom(seed: seed)
    let files = try Self.files()
    let dataset = try SyntheticRun.dataset(training: Self.images)
    let count = ProcessInfo.processInfo.environment["RELIEF_DAMAGES"].flatMap(Int.init) ?? 100
    var refused = 0
    for number in 0..<count {
      let whole = try #require(files.randomElement(using: &random))
      let file =
        number.isMultiple(of: 4)
        ? Self.damaged(whole, &random) : try Self.forged(whole, &random)
      do {
        let checkpoint = try Checkpoint(try SealedFile(file).encoded(), path: "forged")
        let run = SyntheticRun()
        run.allowsGaps = true
        _ = try run(Self.recipe, on: dataset, from: checkpoint)
      } catch let error as FileError {
        #expect(error.exitCode == .badDataFile, "seed \(seed), \(number): \(error)")
        refused += 1
      } catch let error as any UserFacingError {
        #expect(error.exitCode == .notFinite, "seed \(seed), \(number): \(error)")
      }
    }
    #expect(refused > count / 2, "seed \(seed)")
  }

  @Test("a value that no such run comes to is named with what it must be")
  func named() throws {
    let file = try #require(try Self.files().first)
    let demand = try SyntheticRun.demand(Self.recipe, training: Self.images)
    for (key, value, words) in [
      ("iteration", "2", "iteration is 2, in such a run it is 0 to 1"),
      ("optimizerSteps", "99999999999", "number of the optimizer's steps is 99999999999, in such"),
      ("rollbacks", "-1", "number of rollbacks is -1, in such a run it is 0 to 1000"),
      ("metricsBytes", "-1", "number of metrics' bytes is -1"),
    ] {
      var forged = file
      forged.metadata["state"] = file.metadata["state"]?.replacing(
        try Regex("\"\(key)\":[0-9]+"), with: "\"\(key)\":\(value)", maxReplacements: 1)
      let checkpoint = try Checkpoint(try SealedFile(forged).encoded(), path: "forged")
      let error = try #require(throws: FileError.self) { try checkpoint.require(demand) }
      #expect(error.description.hasPrefix("forged: its \(words)"), "\(error)")
    }
  }
}
