import Foundation
import Outcomes

/// Paths as people write them.
package enum UserPath {
  /// `path` with a leading `~` replaced by the user's home folder, as a shell does it.
  ///
  /// - Parameter place: what gives the path, for errors.
  /// - Throws: `ConfigurationError` for the home folder of somebody else, and where there is none.
  package static func expanded(_ path: String, at place: String) throws -> String {
    guard path.hasPrefix("~") else { return path }
    let rest = path.dropFirst()
    guard rest.isEmpty || rest.hasPrefix("/") else {
      throw ConfigurationError(
        place: place,
        reason: """
          \(path): only ~/ is known, not the home folder of others; write it out, or ./\(path) for a \
          name that begins like that
          """)
    }
    guard let home else {
      throw ConfigurationError(
        place: place, reason: "\(path): this user has no home folder; write it out")
    }
    return home + rest
  }

  /// `$HOME`, or what the system has on record.
  private static var home: String? {
    if let home = ProcessInfo.processInfo.environment["HOME"], !home.isEmpty { return home }
    guard let folder = getpwuid(getuid())?.pointee.pw_dir else { return nil }
    return String(cString: folder)
  }
}
