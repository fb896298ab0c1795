import Foundation
import Outcomes
import Readers
import Storage
import TestSupport
import Testing

/// What fuzzing found to reach different code, and what it once crashed on.
@Suite struct CorpusTests {
  private static let folder = "\(Shell.root)/Tests/ReadersTests/Corpus"
  /// What a damaged file may end a run with.
  private static let codes: Set<ExitCode> = [.badDataFile, .missingInput, .badConfiguration]

  @Test("every input is read or refused as a user's mistake", arguments: Reader.allCases)
  func corpus(_ reader: Reader) throws {
    let place = try reader.place()
    let folder = "\(Self.folder)/\(reader.rawValue)"
    let names = try Folder.names(in: folder)
    #expect(!names.isEmpty)
    for name in names {
      let bytes = try InputFile.bytes(of: "\(folder)/\(name)", most: 1 << 16)
      let error = try place.read(bytes)
      #expect(error.map { Self.codes.contains($0.exitCode) } ?? true, "\(name): \(error as Any)")
    }
  }

  @Test("what a reader starts from is read", arguments: Reader.allCases)
  func seed(_ reader: Reader) throws {
    let place = try reader.place()
    let first = try #require(place.seeds.first)
    #expect(try place.read(first) == nil)
  }

  @Test("every folder is a reader's")
  func folders() throws {
    #expect(Set(try Folder.names(in: Self.folder)) == Set(Reader.allCases.map(\.rawValue)))
  }
}
