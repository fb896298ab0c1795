import Foundation
import Recipes
import TestSupport
import Testing

@Suite struct RecipeDocumentationTests {
  @Test("the README shows every key with its default and what it means")
  func readme() throws {
    let readme = try String(contentsOfFile: "\(Shell.root)/README.md", encoding: .utf8)
    let block = readme.components(separatedBy: "```toml\n").dropFirst().first?
      .components(separatedBy: "```").first
    #expect(block == Recipe.documentation, "put this in its place:\n\(Recipe.documentation)")
  }
}
