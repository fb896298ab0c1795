import ArgumentParser
import Communication
import Foundation
import Models
import Outcomes
import Recipes
import Runs
import Storage
import Tensors

/// A model as the command line names it, RUN or MODEL, read by the root for all ranks.
struct ModelArgument {
  /// The file.
  let path: String
  private let file: Safetensors
  /// What it says of itself; nil for a file of another program or an earlier version.
  let description: ModelDescription?
  /// The recipe of its run, as TOML; nil where nothing tells it.
  private(set) var recipe: String?

  /// The model at `argument`, a run's folder or a file.
  ///
  /// - Parameters:
  ///   - iteration: the pruning iteration wanted of a run; nil for the chosen network.
  ///   - notice: is told on the root what the user should know.
  /// - Throws: `AgreedFailure`: that of `FileError` or `ConfigurationError`.
  init(
    _ argument: String, iteration: Int?, _ communicator: any Communicator,
    notice: (String) -> Void
  ) throws {
    let found = try communicator.agreedFromRoot {
      let found = try Self.find(argument, iteration: iteration)
      if let words = found.notice { notice(words) }
      return Array("\(found.path)\0\(found.folder ?? "")".utf8)
    }
    // No path has a character of number 0.
    let names = found.split(separator: 0, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    let (path, folder) = (names[0], names[1])
    self.path = path
    let bytes = try communicator.agreedFromRoot { try Safetensors.bytes(of: path) }
    let recipe = try communicator.agreedFromRoot {
      folder.isEmpty ? [] : Array(try RunDirectory.recipeText(of: folder).utf8)
    }
    (file, description) = try communicator.agree {
      let file = try Safetensors(bytes: bytes, path: path)
      return (file, try ModelDescription(file.metadata, path: path))
    }
    self.recipe = recipe.isEmpty ? description?.recipe : String(decoding: recipe, as: UTF8.self)
    if self.recipe?.isEmpty == true { self.recipe = nil }
  }

  /// The network, given what is known of a file that does not say it itself.
  /// - Throws: `FileError.damaged`.
  func model(_ fallback: ModelDescription?, kernels: KernelSet) throws -> Model {
    try Model(file, path: path, fallback: fallback, kernels: kernels)
  }

  /// Requires that `iteration` is a number that iterations have.
  /// - Throws: `ValidationError`.
  static func requireIteration(_ iteration: Int?) throws {
    guard iteration.map({ $0 >= 0 }) ?? true else {
      throw ValidationError("--iteration: iterations are numbered from 0, the unpruned network")
    }
  }

  /// The file, the run's folder if it is one's, and what the user should know.
  private static func find(
    _ argument: String, iteration: Int?
  ) throws -> (path: String, folder: String?, notice: String?) {
    let path = try UserPath.expanded(argument, at: argument)
    switch try PathKind.of(path) {
    case nil:
      throw FileError.missing(path: path, remedy: "give a run's folder or a model's file")
    case .folder:
      let network = try RunDirectory.network(of: path, iteration: iteration)
      return (network.path, path, network.notice)
    default:
      guard iteration == nil else {
        throw ConfigurationError(
          place: "--iteration", reason: "\(path) is a file, not a run's folder; leave it out")
      }
      return (path, nil, nil)
    }
  }
}
