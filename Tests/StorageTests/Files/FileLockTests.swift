import Foundation
import Storage
import TestSupport
import Testing

@Suite struct FileLockTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/lock" }

  init() throws { folder = try TemporaryFolder() }

  @Test("a lock that is held is not given again; let go, it is")
  func exclusive() throws {
    var first = try FileLock(path)
    #expect(first != nil)
    // The lock belongs to the open file, so that a second one of this process is refused, too.
    #expect(try FileLock(path) == nil)
    #expect(try FileLock(path) == nil)
    first = nil
    #expect(try FileLock(path) != nil)
    #expect(first == nil)
  }

  @Test("another process is refused while the lock is held")
  func otherProcess() throws {
    var lock = try FileLock(path)
    #expect(try Shell.run(["flock", "--nonblock", path, "true"]).code == 1)
    withExtendedLifetime(lock) {}
    lock = nil
    #expect(try Shell.run(["flock", "--nonblock", path, "true"]).code == 0)
  }

  @Test("locks on different files do not know each other")
  func different() throws {
    let first = try FileLock(path)
    let second = try FileLock(path + "2")
    #expect(first != nil && second != nil)
  }

  @Test("a lock where no file can be is the system's refusal")
  func noFolder() throws {
    let error = #expect(throws: FileError.self) { try FileLock(folder.path + "/none/lock") }
    guard case .system(_, _, ENOENT, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
