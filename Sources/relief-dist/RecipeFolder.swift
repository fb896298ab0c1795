import Foundation

/// Where the recipes that have names lie.
enum RecipeFolder {
  /// `share/relief-dist/recipes` beside the folder of an installed program, or `launch/recipes` of
  /// the checkout it was built in; found from the program's own place, whatever the working
  /// directory. The first where neither is there.
  static var path: String {
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    var folder = program.deletingLastPathComponent()
    let installed = folder.deletingLastPathComponent().appending(path: "share/relief-dist/recipes")
    if FileManager.default.fileExists(atPath: installed.path) { return installed.path }
    while folder.path != "/" {
      let recipes = folder.appending(path: "launch/recipes")
      if FileManager.default.fileExists(atPath: recipes.path) { return recipes.path }
      folder.deleteLastPathComponent()
    }
    return installed.path
  }
}
