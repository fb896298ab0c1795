import Foundation
import Outcomes
import Storage
import Testing

@Suite struct UserPathTests {
  @Test("a leading ~ is the home folder, one elsewhere is a name")
  func expanded() throws {
    let home = try UserPath.expanded("~", at: "")
    #expect(home.hasPrefix("/"))
    #expect(try UserPath.expanded("~/runs/a b", at: "") == home + "/runs/a b")
    for path in ["", "runs/~/a", "./~", "/~", "a~"] {
      #expect(try UserPath.expanded(path, at: "") == path)
    }
  }

  @Test("somebody else's home folder is refused, with what gives it and the remedy")
  func others() throws {
    let error = try #require(throws: ConfigurationError.self) {
      try UserPath.expanded("~root/a", at: "--output")
    }
    #expect(error.description.hasPrefix("--output: ~root/a: only ~/ is known"))
    #expect(error.description.contains("./~root/a"))
  }

  // In processes of their own, because the environment belongs to the whole process.

  @Test("it is what HOME says, and without HOME what the system has on record")
  func environment() async {
    await #expect(processExitsWith: .success) {
      setenv("HOME", "/some where", 1)
      try #require(try UserPath.expanded("~/a", at: "") == "/some where/a")
      unsetenv("HOME")
      let folder = try #require(getpwuid(getuid())?.pointee.pw_dir)
      try #require(try UserPath.expanded("~", at: "") == String(cString: folder))
    }
  }
}
