import Foundation
import Storage
import TestSupport
import Testing

/// What readers make of a path, whatever they read.
@Suite struct PathKindTests {
  /// All that open a file for reading.
  private static let readers: [String: @Sendable (String) throws -> Void] = [
    "InputFile": { _ = try InputFile.bytes(of: $0, most: 100) },
    "InflatedFile": { _ = try InflatedFile($0) },
    "MappedFile": { _ = try MappedFile($0) },
    "Safetensors": { _ = try Safetensors(path: $0) },
    "FileState": { _ = try FileState($0) },
  ]

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The error of the reader `name` for `path`, which it must name.
  private func refusal(_ name: String, _ path: String) throws -> FileError {
    let read = try #require(Self.readers[name])
    let error = try #require(throws: FileError.self) { try read(path) }
    #expect(error.description.hasPrefix(path + ": "), "\(error)")
    return error
  }

  @Test("what is not there is missing", arguments: readers.keys.sorted())
  func missing(_ reader: String) throws {
    let file = try folder.write([1], to: "file")
    for path in ["\(folder.path)/none", "\(file)/inner", "\(folder.path)/none/file"] {
      let error = try refusal(reader, path)
      #expect(error.exitCode == .missingInput && error.description.contains("not found"))
      #expect(try PathKind.of(path) == nil)
    }
  }

  @Test("what is no file is named, and not waited for", arguments: readers.keys.sorted())
  func noFile(_ reader: String) throws {
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    for (path, kind) in [(folder.path, PathKind.folder), (pipe, .pipe), ("/dev/zero", .device)] {
      let error = try refusal(reader, path)
      #expect(error.exitCode == .badDataFile)
      #expect(error.description.contains("is \(kind.rawValue) where a file is wanted"))
      #expect(try PathKind.of(path) == kind)
    }
  }

  @Test(
    "what may not be read is refused, with who may not do what", arguments: readers.keys.sorted())
  func refused(_ reader: String) throws {
    let inner = folder.path + "/inner"
    try Folder.make(inner)
    let path = try folder.write([1], to: "inner/file")
    for (place, permissions, remedy) in [
      (path, mode_t(0), "read it"), (inner, 0, "enter \(inner)"),
    ] where reader != "FileState" || place == inner {
      #expect(chmod(place, permissions) == 0)
      defer { chmod(place, 0o700) }
      let error = try OtherUser.perform { try refusal(reader, path) }
      #expect(error.exitCode == .inputOutput)
      for part in ["Permission denied", "let user ", remedy] {
        #expect(error.description.contains(part), "\(error)")
      }
    }
  }

  @Test("a name too long for any file is missing, links that lead nowhere in a circle are refused")
  func names() throws {
    let circle = folder.path + "/circle"
    #expect(symlink(circle, circle) == 0)
    #expect(try PathKind.of(folder.path + "/" + String(repeating: "x", count: 300)) == nil)
    #expect(
      try #require(throws: FileError.self) { try PathKind.of(circle) }.exitCode == .inputOutput)
  }
}
