import Foundation
import Outcomes
import Storage

extension Recipe {
  /// Reads the recipe `name`: a TOML file, or the name of one in `folder`.
  ///
  /// Keys come from the recipe's `base` (and its base, and so on), then from the recipe itself,
  /// with `quick` from its `[quick]` table, and last from `overrides`.
  /// - Throws: `ConfigurationError` or `FileError` with file, line and remedy.
  package static func load(
    _ name: String, folder: String, quick: Bool = false, overrides: [ConfigurationEntry] = []
  ) throws -> Recipe {
    let path = try path(of: name, folder: folder)
    var recipe = Recipe()
    recipe.name = PathName.last(of: path)
    if recipe.name.hasSuffix(ending) { recipe.name.removeLast(ending.count) }
    if quick { recipe.name += "-quick" }
    let all = try entries(path, shipped: folder, seen: [])
    var settings = all.filter { !$0.key.hasPrefix(quickPrefix) }
    for entry in settings { try recipe.set(entry) }
    // A [quick] table must be right even when it is not used.
    let quickSettings = all.filter { $0.key.hasPrefix(quickPrefix) }.map {
      ConfigurationEntry(
        key: String($0.key.dropFirst(quickPrefix.count)), value: $0.value, place: $0.place)
    }
    var shortened = recipe
    for entry in quickSettings { try shortened.set(entry) }
    if quick {
      guard !quickSettings.isEmpty else {
        throw ConfigurationError(place: path, reason: "has no [quick] table; leave out --quick")
      }
      recipe = shortened
      settings += quickSettings
    }
    for entry in overrides { try recipe.set(entry) }
    try recipe.validate(settings + overrides)
    return recipe
  }

  /// A resolved recipe, from what `text` gives and then `overrides`.
  /// - Throws: `ConfigurationError`.
  package init(name: String, text: String, overrides: [ConfigurationEntry] = []) throws {
    self.init()
    self.name = name
    let settings = try ConfigurationFile.entries(text, path: name) + overrides
    for entry in settings { try set(entry) }
    try validate(settings)
  }

  private static let quickPrefix = "quick."
  private static let ending = ".toml"
  /// A longer file is no recipe.
  package static let mostBytes = 1 << 16

  private static func path(of name: String, folder: String) throws -> String {
    let name = try UserPath.expanded(name, at: "--recipe")
    if name.hasSuffix(ending) || name.contains("/") {
      guard try PathKind.of(name) != nil else {
        throw FileError.missing(path: name, remedy: "give a recipe's file or name")
      }
      return name
    }
    guard try PathKind.of(folder) != nil else {
      throw FileError.missing(
        path: folder,
        remedy: """
          recipes that have names lie there, or in launch/recipes of the checkout that the program is \
          in: put it in place with launch/install, or give a recipe's file
          """)
    }
    let path = "\(folder)/\(name)\(ending)"
    guard try PathKind.of(path) != nil else {
      let known = (try? Folder.names(in: folder)) ?? []
      let names = known.filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }
        .sorted()
      throw ConfigurationError(
        place: "--recipe",
        reason:
          "unknown recipe \"\(name)\"\(suggestion(name, names)); known are \(names.joined(separator: ", "))"
      )
    }
    return path
  }

  private static func entries(
    _ path: String, shipped: String, seen: [String]
  ) throws -> [ConfigurationEntry] {
    let text = try InputFile.text(of: path, most: mostBytes)
    let own = try ConfigurationFile.entries(text, path: path)
    guard let base = own.first(where: { $0.key == "base" }) else { return own }
    let folder = PathName.folder(of: path)
    guard let wish = String(base.value) else {
      throw ConfigurationError(place: base.place, reason: "base must be a text")
    }
    let name = try UserPath.expanded(wish, at: base.place)
    // A recipe's neighbours come first, then those that have names.
    let beside =
      (name.hasPrefix("/") ? name : "\(folder)/\(name)") + (name.hasSuffix(ending) ? "" : ending)
    let basePath = try PathKind.of(beside) != nil ? beside : "\(shipped)/\(name)\(ending)"
    guard !seen.contains(path) else {
      throw ConfigurationError(place: base.place, reason: "base \"\(name)\" leads back to itself")
    }
    guard try PathKind.of(basePath) != nil else {
      throw ConfigurationError(
        place: base.place, reason: "base \"\(name)\": no file \(beside) or \(basePath)")
    }
    return try entries(basePath, shipped: shipped, seen: seen + [path])
      + own.filter { $0.key != "base" }
  }

  private mutating func set(_ entry: ConfigurationEntry) throws {
    guard let key = Self.keys.first(where: { $0.name == entry.key }) else {
      throw ConfigurationError(
        place: entry.place,
        reason: "unknown key \(entry.key)\(Self.suggestion(entry.key, Self.keys.map(\.name)))")
    }
    var value = entry.value
    if key.role == .place, case .text(let path) = value {
      value = .text(try UserPath.expanded(path, at: entry.place))
    }
    guard key.set(&self, value) else {
      throw ConfigurationError(
        place: entry.place, reason: "\(key.name) is \(entry.value), it must be \(key.kind)")
    }
  }
}
