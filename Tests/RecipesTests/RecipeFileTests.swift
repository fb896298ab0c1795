import Foundation
import Outcomes
import Recipes
import Storage
import TestSupport
import Testing

@Suite struct RecipeFileTests {
  @Test("a recipe has what its base has, and its base's base, unless it says otherwise")
  func inheritance() throws {
    let folder = try RecipeFolder([
      "first": "[training]\nepochs = 1\nbatch = 16\nseed = 7\n[quick]\ntraining.seed = 70",
      "second": "base = \"first\"\n[training]\nepochs = 2\nbatch = 32",
      "third": "base = \"second\"\n[training]\nepochs = 3\n[quick]\ntraining.batch = 48",
    ])
    let recipe = try folder.load("third")
    #expect(recipe.name == "third")
    #expect(recipe.training.epochs == 3)
    #expect(recipe.training.batch == 32)
    #expect(recipe.training.seed == 7)
    let quick = try folder.load("third", quick: true)
    #expect(quick.training.epochs == 3 && quick.training.batch == 48 && quick.training.seed == 70)
  }

  @Test("bases that lead round in a circle are refused", arguments: ["self", "one", "two", "into"])
  func cycle(_ name: String) throws {
    let folder = try RecipeFolder([
      "self": "base = \"self\"", "one": "base = \"two\"", "two": "base = \"one\"",
      "into": "base = \"one\"",
    ])
    #expect(try folder.refusal(name).contains("leads back to itself"))
  }

  @Test("a base that is not there is refused with the line that asks for it")
  func missingBase() throws {
    let message = try RecipeFolder.refusal(of: "# comment\nbase = \"none\"")
    #expect(message.contains("some.toml:2: "))
    #expect(message.contains("none"))
  }

  @Test("~ is the home folder in every path of a recipe, whose base may lie anywhere")
  func home() async {
    await #expect(processExitsWith: .success) {
      let folder = try RecipeFolder(["first": "[training]\nseed = 7"])
      setenv("HOME", folder.path, 1)
      let recipe = try RecipeFolder.load(
        """
        base = "~/first"
        data.path = "~/images"
        data.cache = "~"
        """)
      try #require(recipe.training.seed == 7)
      try #require(recipe.data.path == folder.path + "/images" && recipe.data.cache == folder.path)
      try #require(try Recipe.load("~/first.toml", folder: "").training.seed == 7)
      try #require(throws: ConfigurationError.self) {
        try RecipeFolder.load("data.path = \"~somebody\"")
      }
    }
  }

  @Test("a base must be a text")
  func wrongBase() throws {
    #expect(try RecipeFolder.refusal(of: "base = 3").contains("some.toml:1: "))
  }

  @Test("a mistake in a base names the base's file")
  func mistakeInBase() throws {
    let folder = try RecipeFolder(["first": "\nx = 1", "some": "base = \"first\""])
    #expect(try folder.refusal().contains("first.toml:2: unknown key x"))
  }

  @Test("a [quick] table must be right even when it is not asked for, and there when it is")
  func quick() throws {
    let folder = try RecipeFolder([
      "wrong": "[quick]\ntraining.epochs = 'one'", "none": "training.epochs = 1",
    ])
    #expect(try folder.refusal("wrong").contains("wrong.toml:2: training.epochs"))
    #expect(try folder.refusal("none", quick: true).contains("no [quick] table"))
  }

  @Test("an unknown recipe is refused with what was meant and what there is")
  func unknown() throws {
    let folder = try RecipeFolder(["lenet300-mnist": "", "lenet5-mnist": ""])
    let message = try folder.refusal("lenet300-mnits")
    #expect(message.contains("\"lenet300-mnits\""))
    #expect(message.contains("did you mean lenet300-mnist?"))
    #expect(message.contains("known are lenet300-mnist, lenet5-mnist"))
  }

  @Test("a file is told by its ending or a slash; one that is not there is missing input")
  func missingFile() throws {
    let folder = try RecipeFolder(["some": "training.epochs = 4"])
    #expect(try folder.load(folder.path + "/some.toml").training.epochs == 4)
    for name in ["none.toml", folder.path + "/none.toml", "./none"] {
      let error = try #require(throws: FileError.self) { try folder.load(name) }
      #expect(error.exitCode == .missingInput)
      #expect(error.description.hasPrefix(name + ": "))
    }
  }

  @Test("where the folder of recipes is not there, it is named; a recipe's file needs none")
  func missingFolder() throws {
    let folder = try RecipeFolder(["some": "training.epochs = 4"])
    let gone = folder.path + "/share/relief-dist/recipes"
    let error = try #require(throws: FileError.self) { try Recipe.load("some", folder: gone) }
    #expect(error.exitCode == .missingInput)
    #expect(error.description.hasPrefix("\(gone): not found; "))
    #expect(error.description.contains("launch/install"))
    #expect(try Recipe.load(folder.path + "/some.toml", folder: gone).training.epochs == 4)
  }

  @Test("a recipe that is no text is damaged")
  func binary() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([0x61, 0xFF, 0xFE, 0x00], to: "binary.toml")
    let error = try #require(throws: FileError.self) {
      try Recipe.load(path, folder: folder.path)
    }
    #expect(error.exitCode == .badDataFile)
    #expect(error.description.hasPrefix(path + ": "))
  }
}
