import Foundation
import Storage
import TestSupport
import Testing

@Suite struct OutputFileTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/file" }

  init() throws { folder = try TemporaryFolder() }

  private var content: String? { try? String(contentsOfFile: path, encoding: .utf8) }
  private var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }

  /// The code of the system error that `body` must throw.
  private func code(_ body: () throws -> Void) throws -> Int32? {
    let error = try #require(throws: FileError.self, performing: body)
    #expect(error.exitCode == .inputOutput)
    guard case .system(_, _, let code, _) = error else { return nil }
    return code
  }

  @Test("everything written is in the file, in order")
  func writing() throws {
    let file = try OutputFile(path)
    try file.write(Data("one ".utf8))
    try file.write([UInt8]())
    try file.write(Array("two".utf8))
    try file.synchronise()
    #expect(content == "one two")
  }

  @Test("opening empties a file, or goes on at its end")
  func opening() throws {
    try OutputFile(path).write(Data("old".utf8))
    try OutputFile(path, .append).write(Data(" and more".utf8))
    #expect(content == "old and more")
    try OutputFile(path).write(Data("new".utf8))
    #expect(content == "new")
  }

  @Test("a large write comes out whole")
  func large() throws {
    let bytes = [UInt8](repeating: 7, count: 3_000_000)
    try OutputFile.replace(path, with: bytes)
    #expect(FileManager.default.contents(atPath: path) == Data(bytes))
  }

  @Test("replacing leaves the new content and nothing beside it")
  func replacing() throws {
    try OutputFile.replace(path, with: Data("old".utf8))
    try OutputFile.replace(path, with: Data("new".utf8))
    #expect(content == "new")
    #expect(names == ["file"])
  }

  @Test("a full disk is reported")
  func fullDisk() throws {
    let file = try OutputFile("/dev/full")
    #expect(try code { try file.write([1, 2, 3]) } == ENOSPC)
  }

  @Test("what is at the name of a temporary file is not written to")
  func planted() throws {
    let victim = try folder.write(Array("victim".utf8), to: "victim")
    for name in ["file.partial", "link"] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/\(name)", withDestinationPath: victim)
    }
    try OutputFile.replace(path, with: Data("new".utf8))
    for name in ["link", "victim"] {
      #expect(try code { _ = try OutputFile("\(folder.path)/\(name)", .new) } == EEXIST)
    }
    #expect(try code { _ = try OutputFile(folder.path + "/link", .existing) } == ELOOP)
    #expect(content == "new")
    #expect(try String(contentsOfFile: victim, encoding: .utf8) == "victim")
  }

  @Test("what another process has made is opened by its one name only")
  func existing() throws {
    let made = OutputFile.temporaryName(for: path)
    try OutputFile(made, .new).write([1, 2])
    try OutputFile(made, .existing).write([7], at: 1)
    #expect(try InputFile.bytes(of: made, most: 2) == [1, 7])
    #expect(link(made, path) == 0)
    let error = try #require(throws: FileError.self) { _ = try OutputFile(made, .existing) }
    #expect(error.description.hasPrefix("\(made): has 2 names"))
  }

  @Test("temporary names differ; only files that bear one are found by it")
  func temporary() throws {
    let made = (0..<3).map { _ in OutputFile.temporaryName(for: path) }
    #expect(Set(made).count == 3)
    for path in made { _ = try OutputFile(path, .new) }
    for name in [
      "a.partial", "file.0123456.partial", "file.0123456789.partial", "b.0123abcd.partial",
    ] {
      try folder.write([1], to: name)
    }
    try Folder.make(folder.path + "/file.0123abcd.partial")
    #expect(symlink(made[0], folder.path + "/file.01234567.partial") == 0)
    let found = try OutputFile.temporaryFiles(in: folder.path) { $0 == "file" }
    #expect(Set(found) == Set(made))
  }

  @Test("a device is not replaced")
  func device() throws {
    #expect(symlink("/dev/null", path) == 0)
    #expect(try code { try OutputFile.replace(path, with: [1]) } == EEXIST)
    #expect(names == ["file"])
  }

  @Test("a replacement that cannot take its place leaves nothing after")
  func taken() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    #expect(try code { try OutputFile.replace(path, with: Data("new".utf8)) } == EISDIR)
    #expect(names == ["file"])
  }

  @Test("a folder that is not there is reported")
  func noFolder() throws {
    let path = folder.path + "/none/file"
    #expect(try code { try OutputFile.replace(path, with: [1]) } == ENOENT)
    #expect(try code { _ = try OutputFile(path) } == ENOENT)
    #expect(names.isEmpty)
  }

  @Test("a name without a folder lies in the working directory")
  func bareName() throws {
    let name = "relief-dist-test-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: name) }
    try OutputFile.requireWritable(name)
    try OutputFile.replace(name, with: [42])
    #expect(FileManager.default.contents(atPath: name) == Data([42]))
  }

  @Test("whether a file could be written is known before, and changes nothing")
  func writable() throws {
    try OutputFile.requireWritable(path)
    #expect(names.isEmpty)
    try OutputFile.replace(path, with: Data("old".utf8))
    try OutputFile.requireWritable(path)
    #expect(content == "old" && names == ["file"])
    #expect(try code { try OutputFile.requireWritable(folder.path + "/none/file") } == ENOENT)
    #expect(try code { try OutputFile.requireWritable(path + "/file") } == ENOTDIR)
    #expect(try code { try OutputFile.requireWritable(folder.path) } == EISDIR)
  }
}
