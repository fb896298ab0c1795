import Datasets
import Outcomes
import Recipes
import Tensors

/// What decides which numbers a run comes to: only where all of it is the same may a run go on from
/// a checkpoint.
package struct RunIdentity: Codable, Equatable, Sendable {
  /// The version of relief-dist.
  package static let productVersion = "0.2.0"

  /// Counts up whenever the same recipe on the same data comes to other bits.
  package static let resultVersion = 2

  /// The recipe's keys that change results, the data's hash, the version of results; as text.
  package let values: [String: String]

  /// The identity of a run of `recipe` on `dataset` by this program on so many ranks.
  package init(_ recipe: Recipe, dataset: Dataset, worldSize: Int) {
    self.init(recipe, data: dataset.sha256, worldSize: worldSize)
  }

  /// The identity of a run of `recipe`, on data of the hash `data` where that is known, by this
  /// program on so many ranks.
  package init(_ recipe: Recipe, data: String?, worldSize: Int) {
    self.init(
      recipe, data: data, resultVersion: Self.resultVersion, worldSize: worldSize,
      blas: BLASDenseProducts.name)
  }

  init(
    _ recipe: Recipe, data: String?, resultVersion: Int, worldSize: Int, blas: String
  ) {
    var values = ["version of results": "\(resultVersion)"]
    values[Self.data] = data
    for key in Recipe.keys where key.role == .result { values[key.name] = "\(key.get(recipe))" }
    if recipe.training.batchNorm == .local {
      values["number of ranks, each with its own batch norms,"] = "\(worldSize)"
    }
    // OpenBLAS picks its code by processor, and each adds in another order.
    if recipe.training.engine == .openblas { values["OpenBLAS"] = blas }
    self.values = values
  }

  init(values: [String: String]) { self.values = values }

  private static let data = "data (SHA-256)"

  /// Requires the run at `place` to have been the same; nothing is said of data that are not known
  /// here.
  /// - Throws: `ConfigurationError` with what differs.
  package func require(_ earlier: RunIdentity, at place: String) throws {
    let differences = differences(from: earlier)
    guard differences.isEmpty else {
      throw ConfigurationError(
        place: place,
        reason: """
          belongs to another run: \(differences.joined(separator: "; ")); put that back, give another \
          --output, or start over with --resume never
          """)
    }
  }

  /// What runs did that had no word for it.
  private static let unnamed = Dictionary(
    uniqueKeysWithValues: Recipe.keys.filter(\.isLater).map { ($0.name, "\($0.get(Recipe()))") })

  /// What is not as it was in `earlier`, one phrase each, in alphabetical order.
  private func differences(from earlier: RunIdentity) -> [String] {
    Set(values.keys).union(earlier.values.keys).sorted().compactMap { name in
      let (now, before) = (values[name], earlier.values[name] ?? Self.unnamed[name])
      guard now != before, name != Self.data || now != nil else { return nil }
      return "\(name) is \(now ?? "not there"), it was \(before ?? "not there")"
    }
  }
}
