import Foundation
import Storage
import TestSupport
import Testing

@Suite struct FolderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("a folder is made with those above it, and once more without harm")
  func making() throws {
    let path = folder.path + "/a/b"
    for _ in 0..<2 { try Folder.make(path) }
    var isFolder: ObjCBool = false
    #expect(FileManager.default.fileExists(atPath: path, isDirectory: &isFolder))
    #expect(isFolder.boolValue)
  }

  @Test("a private folder is its user's alone, with those made above it")
  func privacy() throws {
    try Folder.make(folder.path + "/a/b", isPrivate: true)
    for path in ["a", "a/b"] {
      var status = stat()
      #expect(stat("\(folder.path)/\(path)", &status) == 0)
      #expect(status.st_mode & 0o777 == 0o700, "\(path)")
    }
  }

  @Test("a folder below a file, or in its place, is refused with the remedy")
  func refused() throws {
    let file = try folder.write([1], to: "file")
    for path in [file, file + "/inner"] {
      let error = try #require(throws: FileError.self) {
        try Folder.make(path, remedy: "choose another")
      }
      #expect(error.exitCode == .inputOutput)
      #expect(error.description.hasPrefix(path) && error.description.hasSuffix("; choose another"))
    }
    #expect(throws: FileError.self) { try Folder.names(in: file) }
    #expect(throws: FileError.self) { try Folder.identity(of: folder.path + "/none") }
  }

  @Test("names are those of files and folders that are not hidden")
  func names() throws {
    for name in ["b", "a", ".hidden"] { try folder.write([], to: name) }
    try Folder.make(folder.path + "/c")
    #expect(try Folder.names(in: folder.path).sorted() == ["a", "b", "c"])
  }

  @Test("two folders have two identities, one by two paths has one")
  func identity() throws {
    try Folder.make(folder.path + "/a")
    let identity = try Folder.identity(of: folder.path)
    #expect(try Folder.identity(of: folder.path + "/a/..") == identity)
    #expect(try Folder.identity(of: folder.path + "/a") != identity)
  }
}

@Suite struct FileStateTests {
  @Test("size and time of the last change tell a file's state; a folder has none")
  func state() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1, 2], to: "file")
    let first = "\(try FileState(path))"
    #expect("\(try FileState(path))" == first)
    let later = [FileAttributeKey.modificationDate: Date(timeIntervalSince1970: 1000)]
    try FileManager.default.setAttributes(later, ofItemAtPath: path)
    let second = "\(try FileState(path))"
    try folder.write([1, 2, 3], to: "file")
    try FileManager.default.setAttributes(later, ofItemAtPath: path)
    #expect(Set([first, second, "\(try FileState(path))"]).count == 3)
    #expect(throws: FileError.self) { try FileState(folder.path) }
    #expect(throws: FileError.self) { try FileState(folder.path + "/none") }
  }
}
