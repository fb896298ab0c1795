import Foundation
import Outcomes
import Recipes
import Storage
import TestSupport
import Testing

/// A folder with recipes made up for a test.
struct RecipeFolder {
  private let folder: TemporaryFolder

  /// Recipes by their names.
  init(_ recipes: [String: String] = [:]) throws {
    folder = try TemporaryFolder()
    for (name, text) in recipes { try folder.write(Array(text.utf8), to: name + ".toml") }
  }

  var path: String { folder.path }

  func load(
    _ name: String, quick: Bool = false, overrides: [ConfigurationEntry] = []
  ) throws -> Recipe {
    try Recipe.load(name, folder: path, quick: quick, overrides: overrides)
  }

  /// The recipe of `text`.
  static func load(
    _ text: String, quick: Bool = false, overrides: [ConfigurationEntry] = []
  ) throws -> Recipe {
    try RecipeFolder(["some": text]).load("some", quick: quick, overrides: overrides)
  }

  /// Requires that the recipe `name` is refused as a bad configuration, and gives the message.
  func refusal(_ name: String = "some", quick: Bool = false) throws -> String {
    let error = try #require(throws: ConfigurationError.self) { try load(name, quick: quick) }
    #expect(error.exitCode == .badConfiguration)
    return error.description
  }

  /// The same for a recipe of `text`.
  static func refusal(of text: String) throws -> String {
    try RecipeFolder(["some": text]).refusal()
  }
}
