import ArgumentParser
import Outcomes
import Recipes
import Storage

/// The flags that say which recipe.
struct RecipeOptions: ParsableArguments {
  @Option(help: "A recipe's name or TOML file.")
  var recipe = "lenet300-fashion"

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Set a key of the recipe; may be repeated.", valueName: "section.key=value"))
  var overrides: [String] = []

  @Flag(help: "Apply the recipe's [quick] table.")
  var quick = false

  /// The recipe they name.
  /// - Throws: `ConfigurationError` or `FileError` with file, line and remedy.
  func load() throws -> Recipe {
    try Recipe.load(
      recipe, folder: RecipeFolder.path, quick: quick,
      overrides: try overrides.map(ConfigurationEntry.init(override:)))
  }

}

extension ConfigurationEntry {
  /// What `--set section.key=value` means.
  /// - Throws: `ConfigurationError` where it is none.
  init(override text: String) throws {
    guard let separator = text.firstIndex(of: "="), separator != text.startIndex else {
      throw ConfigurationError(place: "--set \(text)", reason: "must be section.key=value")
    }
    self.init(
      key: String(text[..<separator]),
      value: ConfigurationValue(parsing: String(text[text.index(after: separator)...])),
      place: "--set \(text)")
  }
}
