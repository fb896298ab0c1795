/// Parts of a path. Foundation's own on Linux end the process at a path of one character.
package enum PathName {
  /// The folder that holds `path`: `.` where it names none.
  package static func folder(of path: String) -> String {
    let parts = split(path)
    guard parts.folder.isEmpty else { return String(parts.folder) }
    return path.hasPrefix("/") ? "/" : "."
  }

  /// What `path` is called in its folder.
  package static func last(of path: String) -> String { String(split(path).last) }

  private static func split(_ path: String) -> (folder: Substring, last: Substring) {
    let whole = trimmed(path[...])
    guard let slash = whole.lastIndex(of: "/") else { return ("", whole) }
    return (trimmed(whole[..<slash]), whole[whole.index(after: slash)...])
  }

  /// Without slashes at its end.
  private static func trimmed(_ path: Substring) -> Substring {
    var path = path
    while path.last == "/" { path.removeLast() }
    return path
  }
}
