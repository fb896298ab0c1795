import ArgumentParser
import Storage

/// A path of the command line; an empty one is none.
struct PathArgument: ExpressibleByArgument {
  private let text: String

  init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    text = argument
  }

  /// The path that the flag `flag` means.
  /// - Throws: `ConfigurationError` where it begins with `~` and leads nowhere.
  func path(of flag: String) throws -> String { try UserPath.expanded(text, at: flag) }
}
