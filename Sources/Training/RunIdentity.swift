import Datasets
import Storage
import Tensors

/// What decides which numbers a run comes to: only where all of it is the same may a run go on from a
/// checkpoint.
public struct RunIdentity: Codable, Equatable, Sendable {
  /// The version of relief-dist.
  public static let productVersion = "0.2.0"

  /// Counts up whenever the same recipe on the same data comes to other bits.
  public static let resultVersion = 2

  /// The recipe's keys that change results, the data's hash, the version of results; as text.
  public let values: [String: String]

  /// The identity of a run of `recipe` on `dataset` by this program on so many ranks.
  public init(_ recipe: Recipe, dataset: Dataset, worldSize: Int) {
    var values = [
      "data (SHA-256)": dataset.sha256, "version of results": "\(Self.resultVersion)",
    ]
    for key in Recipe.keys where key.role == .result { values[key.name] = "\(key.get(recipe))" }
    if recipe.training.batchNorm == .local {
      values["number of ranks, each with its own batch norms,"] = "\(worldSize)"
    }
    // OpenBLAS picks its code by processor, and each adds in another order.
    if recipe.training.kernels == .openblas { values["OpenBLAS"] = BLASDenseProducts.name }
    self.values = values
  }

  /// What is not as it was in `earlier`, one phrase each, in alphabetical order.
  func differences(from earlier: RunIdentity) -> [String] {
    Set(values.keys).union(earlier.values.keys).sorted().compactMap { name in
      let (now, before) = (values[name], earlier.values[name])
      guard now != before else { return nil }
      return "\(name) is \(now ?? "not there"), it was \(before ?? "not there")"
    }
  }
}
