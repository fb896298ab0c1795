import Foundation
import Storage

/// Standard output or standard error. It may be closed, a full disk, or a pipe that nobody reads:
/// that never ends the process, and whoever must know is told.
package struct StandardStream: Sendable {
  /// Where results go.
  package static let output = StandardStream(descriptor: STDOUT_FILENO, name: "standard output")
  /// Where everything else goes.
  package static let errors = StandardStream(descriptor: STDERR_FILENO, name: "standard error")

  private let descriptor: Int32
  private let name: String

  /// Makes a program ready for streams of any kind; before it opens a file, which would take the
  /// place of one that is closed. Those then lead to nowhere, the wrong way round, so that writing
  /// to them fails. A pipe that nobody reads and a file that may not grow are errors of a write,
  /// not signals.
  package static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes all of `text` as it is.
  /// - Throws: `FileError.system`.
  func write(_ text: String, remedy: String = "") throws {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno == EAGAIN {
        // Whoever shares the stream may have made it one that does not wait.
        var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&place, 1, -1)
      } else if errno != EINTR {
        throw FileError.system(path: name, call: "write", code: errno, remedy: remedy)
      }
    }
  }

  /// Writes a text of one or more lines, and ends the last.
  ///
  /// - Parameter remedy: what helps where that is refused.
  /// - Throws: `FileError.system`.
  package func print(_ lines: String, remedy: String = "") throws {
    try write(lines.printableLines + "\n", remedy: remedy)
  }

  /// Says `message` on a line of its own; what cannot be said is not said.
  package func say(_ message: String) { try? write(message.printable + "\n") }
}
