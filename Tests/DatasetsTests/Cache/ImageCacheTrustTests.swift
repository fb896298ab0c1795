import Foundation
import Storage
import TestSupport
import Testing

/// Whose decoded images are taken, and what is removed beside them.
@Suite struct ImageCacheTrustTests {
  private let data: TinyImageNet

  init() throws { data = try TinyImageNet() }

  /// What is said of the file of decoded images, which is decoded again.
  private func distrust() throws -> String {
    let path = try data.cacheFile()
    var notices: [String] = []
    let hash = try data.load { notices.append($0) }.sha256
    let message = try #require(notices.first)
    #expect(message.hasPrefix(path + ": "))
    #expect(message.hasSuffix("; decoding 18 images of tiny-imagenet again"))
    notices = []
    #expect(try data.load { notices.append($0) }.sha256 == hash)
    #expect(notices.count == 1, "only the part")
    return message
  }

  @Test("each user has a file")
  func name() throws {
    _ = try data.load()
    let name = try #require(try data.cached().first)
    #expect(name.wholeMatch(of: /tiny-imagenet-[0-9a-f]{16}-([0-9]+)\.images/)?.1 == "\(geteuid())")
  }

  @Test("a file that others may change is not trusted", arguments: [mode_t(0o664), 0o646])
  func writable(_ permissions: mode_t) throws {
    _ = try data.load()
    #expect(chmod(try data.cacheFile(), permissions) == 0)
    #expect(try distrust().contains("may be changed by other users"))
  }

  @Test(
    "a file of another user is not trusted", .enabled(if: geteuid() == 0, "only root can make one"))
  func foreign() throws {
    _ = try data.load()
    #expect(chown(try data.cacheFile(), 4321, 4321) == 0)
    #expect(try distrust().contains("belongs to user 4321, only those of user 0 and root"))
  }

  /// A forged file may be sound in itself: labels exchanged, SHA-256 to match.
  @Test("labels are held against the data set")
  func labels() throws {
    _ = try data.load()
    let path = try data.cacheFile()
    var bytes = try InputFile.bytes(of: path, most: 1 << 20)
    bytes[bytes.count - 4] ^= 3
    let header = String(decoding: bytes.prefix(4096), as: UTF8.self)
    let old = try #require(header.firstMatch(of: /"sha256":"([0-9a-f]{64})"/)?.1)
    let new = try SHA256Hash.of(Array(bytes.dropFirst(4096)))
    bytes.replaceSubrange(0..<4096, with: Array(header.replacing(old, with: new).utf8))
    try OutputFile.replace(path, with: bytes)
    #expect(try distrust().contains("the labels are not those of \(data.path)"))
  }

  @Test("a folder at the file's name is told of, with the remedy")
  func folder() throws {
    _ = try data.load()
    let path = try data.cacheFile()
    try OutputFile.remove(path)
    try Folder.make(path)
    let error = try #require(throws: FileError.self) { try data.load() }
    #expect(error.exitCode == .inputOutput)
    #expect(error.description.hasPrefix(path) && error.description.contains("data.cache"))
  }

  private static let name = "tiny-imagenet-0123456789abcdef"

  /// Names of files that a killed job has left, or might have: their first bytes, how old they are
  /// in seconds, and whether they go.
  private static let leftovers: [(name: String, begin: [UInt8], age: Double, goes: Bool)] = [
    ("\(name)-0.images.0123abcd.partial", zeros, 100_000, true),
    ("\(name).images.0123ABCD.partial", zeros, 100_000, true),
    ("\(name)-0.images.1123abcd.partial", zeros, 1000, false),
    ("\(name)-0.images.2123abcd.partial", Array("thesis".utf8) + zeros, 100_000, false),
    ("\(name)-0.images.3123abcd.partial", Array(zeros.dropLast()), 100_000, false),
    ("\(name)-0.images.3123abcg.partial", zeros, 100_000, false),
    ("\(name)-0.images.partial", zeros, 100_000, false),
    ("backup.partial", zeros, 100_000, false),
    ("backup.0123abcd.partial", zeros, 100_000, false),
  ]
  private static let zeros = [UInt8](repeating: 0, count: 4096)

  @Test("what killed jobs left is removed after a day; what is not ours stays, whatever its name")
  func abandoned() throws {
    let old = [FileAttributeKey.modificationDate: Date(timeIntervalSinceNow: -100_000)]
    let folders = ["folder.partial/deep", "\(Self.name)-0.images.4123abcd.partial/deep"]
    for folder in folders {
      try Folder.make("\(data.cache)/\(folder)")
      try Data("thesis".utf8).write(to: URL(fileURLWithPath: "\(data.cache)/\(folder)/thesis.tex"))
    }
    let link = "\(Self.name)-0.images.5123abcd.partial"
    #expect(symlink("\(data.cache)/\(Self.leftovers[0].name)", "\(data.cache)/\(link)") == 0)
    for (name, begin, age, _) in Self.leftovers {
      let path = "\(data.cache)/\(name)"
      try Data(begin).write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: path)
    }
    for folder in folders {
      try FileManager.default.setAttributes(
        old, ofItemAtPath: "\(data.cache)/\((folder as NSString).deletingLastPathComponent)")
    }
    _ = try data.load()
    let names = Set(try data.cached())
    for (name, _, _, goes) in Self.leftovers { #expect(names.contains(name) != goes, "\(name)") }
    #expect(names.contains(link))
    for folder in folders {
      #expect(try PathKind.of("\(data.cache)/\(folder)/thesis.tex") == .file)
    }
  }
}
