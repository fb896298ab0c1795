import Foundation
import TestSupport
import Testing

@Suite struct ReadmeWalkTests {
  private let readme: String

  init() throws { readme = try String(contentsOfFile: "\(Shell.root)/README.md", encoding: .utf8) }

  private func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  @Test(
    "the code that the README quotes is there, line by line",
    arguments: [
      ("exchange.finish", "Sources/Training/Replica/Replica.swift"),
      ("beginIteration", "Sources/Runs/PruningIteration.swift"),
    ])
  func quotes(word: String, path: String) throws {
    let blocks = readme.components(separatedBy: "```swift\n").dropFirst().compactMap {
      $0.components(separatedBy: "```").first
    }
    let quoted = lines(try #require(blocks.first { $0.contains(word) }))
    let source = lines(try String(contentsOfFile: "\(Shell.root)/\(path)", encoding: .utf8))
    let isThere = source.indices.contains { source[$0...].starts(with: quoted) }
    #expect(isThere, "\(path) has other lines than the README")
  }

  @Test("files and folders that the walk names are there")
  func names() throws {
    let walk = try #require(
      readme.components(separatedBy: "## A walk through the code").dropFirst().first?
        .components(separatedBy: "## Results").first)
    let words = walk.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }
      .map(\.element)
    let files =
      FileManager.default.enumerator(atPath: "\(Shell.root)/Sources")?
      .compactMap { $0 as? String } ?? []
    let named = words.filter { $0.hasSuffix(".swift") || $0.hasSuffix(".h") }
    try #require(named.count > 15)
    for name in named {
      let path = name.hasPrefix("Sources/") ? String(name.dropFirst(8)) : name
      #expect(files.contains { $0 == path || $0.hasSuffix("/" + path) }, "\(name)")
    }
    for folder in words where folder.contains("/") && !folder.contains(".") && !folder.contains(" ")
    {
      #expect(files.contains(folder), "\(folder)")
    }
  }
}
