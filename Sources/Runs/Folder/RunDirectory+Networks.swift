import Foundation
import Outcomes
import Recipes
import Storage

/// What the folder of a run holds, for those who read it.
extension RunDirectory {
  /// The text of the resolved recipe of the run in the folder `path`.
  /// - Throws: `FileError`.
  package static func recipeText(of path: String) throws -> String {
    try InputFile.text(of: recipe(path), most: Recipe.mostBytes)
  }

  /// The file of the network that pruning iteration `iteration` of the run in the folder `path` has
  /// left; without `iteration` that of the chosen network or, where the run has not come to its
  /// end, of the last iteration, and a word on that.
  /// - Throws: `FileError.missing` where there is none.
  package static func network(
    of path: String, iteration: Int?
  ) throws -> (path: String, notice: String?) {
    let known = try iterationNumbers(of: path)
    if let iteration {
      guard known.contains(iteration) else {
        let words = known.isEmpty ? "none yet" : known.map(String.init).joined(separator: ", ")
        throw FileError.missing(
          path: "\(iterations(path))/\(iteration).safetensors",
          remedy: "iterations that have left a network: \(words)")
      }
      return ("\(iterations(path))/\(iteration).safetensors", nil)
    }
    let final = "\(path)/final.safetensors"
    if try PathKind.of(final) != nil { return (final, nil) }
    guard let last = known.last else {
      throw FileError.missing(
        path: final, remedy: "no network of this run is trained yet; wait for it, or give another")
    }
    return (
      "\(iterations(path))/\(last).safetensors",
      "\(path) has not come to its end: this is its newest network, of iteration \(last)"
    )
  }

  private static func iterationNumbers(of path: String) throws -> [Int] {
    guard try PathKind.of(iterations(path)) != nil else { return [] }
    return try Folder.names(in: iterations(path)).compactMap {
      $0.wholeMatch(of: /([0-9]+)\.safetensors/).flatMap { Int($0.1) }
    }.sorted()
  }
}
