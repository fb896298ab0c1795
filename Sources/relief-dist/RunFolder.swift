import ArgumentParser

/// The folder of a run that a command tells of.
struct RunFolder: ParsableArguments {
  @Argument(help: ArgumentHelp("A run's folder.", valueName: "run"))
  private var folder: PathArgument

  /// Where it is.
  /// - Throws: `ConfigurationError` where it begins with `~` and leads nowhere.
  func path() throws -> String { try folder.path(of: "run") }
}
