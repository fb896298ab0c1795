import Foundation
import Outcomes
import Storage
import Testing

@Suite struct FileErrorTests {
  @Test(
    "codes of the contract",
    arguments: [
      (ExitCode.done, Int32(0)), (.usage, 64), (.badDataFile, 65), (.missingInput, 66),
      (.internalError, 70), (.inputOutput, 74), (.stopped, 75), (.badConfiguration, 78),
      (.notFinite, 80), (.replicasDisagree, 81), (.stalled, 82),
    ])
  func exitCode(_ code: ExitCode, _ number: Int32) {
    #expect(code.rawValue == number)
  }

  @Test("a missing file says what to do")
  func missing() {
    let error = FileError.missing(path: "/a/b", remedy: "make one")
    #expect(error.description == "/a/b: not found; make one")
    #expect(error.exitCode == .missingInput)
  }

  @Test("something else than what is wanted says what it is, and what to do")
  func mistaken() {
    let error = FileError.mistaken(path: "/a/b", found: "is a pipe", remedy: "give a file")
    #expect(error.description == "/a/b: is a pipe; give a file")
    #expect(error.exitCode == .missingInput)
  }

  @Test("a damaged file says where, if that is known")
  func damaged() {
    let error = FileError.damaged(path: "/a/b", offset: 12, reason: "wrong")
    #expect(error.description == "/a/b: at byte 12: wrong")
    #expect(error.exitCode == .badDataFile)
    let somewhere = FileError.damaged(path: "/a/b", offset: nil, reason: "wrong")
    #expect(somewhere.description == "/a/b: wrong")
  }

  @Test("the system's refusal has call and reason")
  func system() {
    let error = FileError.system(path: "/a/b", call: "write", code: ENOSPC)
    #expect(error.description == "/a/b: write: No space left on device")
    #expect(error.exitCode == .inputOutput)
    let helped = FileError.system(path: "/a/b", call: "write", code: ENOSPC, remedy: "make room")
    #expect(helped.description == "/a/b: write: No space left on device; make room")
  }

  @Test("a file in use says what to do")
  func inUse() {
    let error = FileError.inUse(path: "/a/b", remedy: "wait")
    #expect(error.description == "/a/b: in use by a running job; wait")
    #expect(error.exitCode == .inputOutput)
  }

  @Test("a wrong configuration has its place, if there is one")
  func configuration() {
    let error = ConfigurationError(place: "a.toml:3", reason: "wrong")
    #expect(error.description == "a.toml:3: wrong")
    #expect(error.exitCode == .badConfiguration)
    #expect(ConfigurationError(place: "", reason: "wrong").description == "wrong")
  }
}
