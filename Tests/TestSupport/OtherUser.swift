import Foundation

/// A user whom the system refuses what it never refuses root.
package enum OtherUser {
  /// Does `work` with what an ordinary user may do with files: this one, or nobody in place of
  /// root.
  package static func perform<Result>(_ work: () throws -> Result) throws -> Result {
    guard geteuid() == 0 else { return try work() }
    // Of this thread alone, other than setuid.
    typealias Call = @convention(c) (UInt32) -> Int32
    guard let symbol = dlsym(nil, "setfsuid") else { throw CocoaError(.featureUnsupported) }
    let setUser = unsafeBitCast(symbol, to: Call.self)
    _ = setUser(nobody)
    defer { _ = setUser(0) }
    return try work()
  }

  private static let nobody: UInt32 = 65534

  /// What to put in front of a program and its arguments to run it as nobody; nil where that cannot
  /// be: this process is not root's, or nobody may not start `program`.
  package static func launcher(of program: String) -> [String]? {
    let launcher = [
      "setpriv", "--reuid=\(nobody)", "--regid=\(nobody)", "--clear-groups",
    ]
    guard geteuid() == 0,
      let outcome = try? Shell.run(launcher + ["test", "-x", program], folder: "/"),
      outcome.code == 0
    else { return nil }
    return launcher
  }
}
