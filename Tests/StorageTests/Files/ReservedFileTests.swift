import Foundation
import Storage
import TestSupport
import Testing

@Suite struct ReservedFileTests {
  private let folder: TemporaryFolder
  private var temporary: String { folder.path + "/temporary" }
  private var name: String { folder.path + "/name" }

  init() throws { folder = try TemporaryFolder() }

  private var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }

  @Test("its space is there from the start; what several write appears under its name, whole")
  func parts() throws {
    let file = try ReservedFile(creating: temporary, size: 10_000, remedy: "")
    var status = stat()
    #expect(stat(temporary, &status) == 0)
    #expect(status.st_size == 10_000 && status.st_blocks * 512 >= 10_000)
    try ReservedFile(opening: temporary).write([7, 8], at: 9998)
    try file.write([1, 2], at: 0)
    #expect(names == ["temporary"])
    try file.publish(as: name)
    #expect(names == ["name"])
    let bytes = try #require(FileManager.default.contents(atPath: name))
    #expect(bytes.count == 10_000)
    #expect(Array(bytes.prefix(3)) == [1, 2, 0] && Array(bytes.suffix(3)) == [0, 7, 8])
  }

  @Test("what is not published is gone with its creator, not with those who opened it")
  func abandoned() throws {
    do {
      let file = try ReservedFile(creating: temporary, size: 10, remedy: "")
      try ReservedFile(opening: temporary).write([1], at: 0)
      #expect(names == ["temporary"])
      try file.write([2], at: 1)
    }
    #expect(names.isEmpty)
  }

  @Test("publishing replaces a file of that name, and the old one stays with those who mapped it")
  func replacing() throws {
    let old = try MappedFile(folder.write([1], to: "name"))
    let file = try ReservedFile(creating: temporary, size: 2, remedy: "")
    try file.publish(as: name)
    #expect(try InputFile.bytes(of: name, most: 10) == [0, 0])
    #expect(old.withBytes(Array.init) == [1])
  }

  @Test("a name that is taken, and a folder that is none, are refused with the remedy")
  func refused() throws {
    try folder.write([1], to: "temporary")
    for path in [temporary, folder.path + "/none/file", temporary + "/file"] {
      let error = try #require(throws: FileError.self) {
        try ReservedFile(creating: path, size: 1, remedy: "choose another")
      }
      #expect(error.exitCode == .inputOutput)
      #expect(error.description.hasPrefix(path) && error.description.hasSuffix("; choose another"))
    }
    #expect(try InputFile.bytes(of: temporary, most: 10) == [1])
    #expect(throws: FileError.self) { try ReservedFile(opening: folder.path + "/none") }
  }

  @Test("a name that was given to another file meanwhile is refused")
  func exchanged() throws {
    let victim = try folder.write([1], to: "victim")
    #expect(symlink(victim, temporary) == 0)
    #expect(throws: FileError.self) { try ReservedFile(opening: temporary) }
    try OutputFile.remove(temporary)
    #expect(link(victim, temporary) == 0)
    let error = try #require(throws: FileError.self) { try ReservedFile(opening: temporary) }
    #expect(error.exitCode == .badDataFile && error.description.contains("2 names"))
  }

  @Test("a name that cannot be taken is refused with the remedy")
  func unpublished() throws {
    try Folder.make(name)
    let file = try ReservedFile(creating: temporary, size: 1, remedy: "choose another")
    #expect(try file.owner == geteuid())
    let error = try #require(throws: FileError.self) { try file.publish(as: name) }
    #expect(error.description.hasPrefix("\(name): rename: "))
    #expect(error.description.hasSuffix("; choose another"))
  }

  @Test("space that is refused says how much is needed, and leaves nothing after")
  func noSpace() throws {
    let error = try #require(throws: FileError.self) {
      try ReservedFile(creating: temporary, size: 1 << 62, remedy: "choose another disk")
    }
    #expect(error.exitCode == .inputOutput)
    for part in ["posix_fallocate", "4611686018427387904 bytes are needed", "choose another disk"] {
      #expect(error.description.contains(part))
    }
    #expect(names.isEmpty)
  }
}
