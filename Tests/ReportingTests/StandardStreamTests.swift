import Foundation
import Reporting
import Storage
import Testing

/// In processes of their own, because streams belong to the whole process.
@Suite struct StandardStreamTests {
  @Test("what cannot be said is not said; what cannot be printed is told")
  func full() async {
    await #expect(processExitsWith: .success) {
      StandardStream.prepare()
      let full = open("/dev/full", O_WRONLY)
      try #require(dup2(full, STDOUT_FILENO) == STDOUT_FILENO)
      try #require(dup2(full, STDERR_FILENO) == STDERR_FILENO)
      StandardStream.errors.say("nobody hears this")
      let error = try #require(throws: FileError.self) {
        try StandardStream.output.print("result", remedy: "look elsewhere")
      }
      let words = "standard output: write: No space left on device; look elsewhere"
      try #require(error.description == words && error.exitCode == .inputOutput)
    }
  }

  @Test("streams that are closed take no file's place, and writing to them fails")
  func closed() async {
    await #expect(processExitsWith: .success) {
      for descriptor in STDIN_FILENO...STDERR_FILENO { close(descriptor) }
      StandardStream.prepare()
      let file = open("/dev/null", O_WRONLY)
      try #require(file > STDERR_FILENO)
      try #require(throws: FileError.self) { try StandardStream.output.print("result") }
      StandardStream.errors.say("nobody hears this")
    }
  }

  @Test("a pipe that nobody reads is an error; one that is full is waited for")
  func pipes() async {
    await #expect(processExitsWith: .success) {
      StandardStream.prepare()
      var ends: [Int32] = [0, 0]
      try #require(pipe(&ends) == 0)
      try #require(dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO)
      close(ends[1])
      try #require(fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK) == 0)
      let reader = ends[0]
      let text = String(repeating: "x", count: 1 << 20)
      let thread = Thread {
        var (bytes, left) = ([UInt8](repeating: 0, count: 4096), text.utf8.count + 1)
        while left > 0 { left -= max(read(reader, &bytes, min(left, bytes.count)), 0) }
        close(reader)
      }
      thread.start()
      try StandardStream.output.print(text)
      while !thread.isFinished { usleep(1000) }
      let error = try #require(throws: FileError.self) { try StandardStream.output.print("more") }
      try #require(error.description.hasSuffix("Broken pipe"))
    }
  }
}
