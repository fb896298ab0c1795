import Foundation
import Outcomes
import Storage

extension RunDirectory {
  /// Requires `path` to be the folder of a run, an empty one, or none yet in a place where it can
  /// be made; nothing is changed.
  /// - Throws: `FileError` where it may not be written, `ConfigurationError` where it holds files
  ///   of somebody else.
  package static func requireUsable(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno == ENOENT else { throw FileError.system(path: path, call: "stat", code: errno) }
      return try requireWritable(try nearest(path))
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw FileError.system(path: path, call: "mkdir", code: EEXIST)
    }
    try requireWritable(path)
    let strangers = try strangers(in: path)
    guard strangers.isEmpty else {
      let more = strangers.count > 3 ? " and \(strangers.count - 3) more" : ""
      throw ConfigurationError(
        place: path,
        reason: """
          holds files but no run (\(strangers.prefix(3).joined(separator: ", "))\(more)); a run would \
          write over them: give another --output
          """)
    }
  }

  /// The files in the folder `path` that make it no folder of a run, hidden ones apart; none where
  /// it has a run's description, or nothing but what a run leaves that was cut short before it
  /// wrote one.
  private static func strangers(in path: String) throws -> [String] {
    guard (try? RunDescription(of: path)) == nil else { return [] }
    var own = [iterations(path), checkpoints(path), metrics(path), description(path)]
    // A recipe without a lock beside it is one that somebody wrote.
    if try PathKind.of(lock(path)) != nil { own.append(recipe(path)) }
    let names = own.map(PathName.last(of:))
    return try Folder.names(in: path).sorted().filter { name in
      !names.contains { isOwn(name, of: $0) }
    }
  }

  /// Whether `name` is that of the file `whole`, or of one that was to become it.
  private static func isOwn(_ name: String, of whole: String) -> Bool {
    name == whole || name.hasPrefix(whole + ".") && name.hasSuffix(OutputFile.partialSuffix)
  }

  /// The nearest folder above `path` that is there.
  private static func nearest(_ path: String) throws -> String {
    var folder = path
    repeat {
      folder = PathName.folder(of: folder)
    } while try PathKind.of(folder) == nil && folder != "."
    return folder
  }

  private static func requireWritable(_ folder: String) throws {
    guard access(folder, W_OK | X_OK) == 0 else {
      throw FileError.system(
        path: folder, call: "access", code: errno, remedy: "give another --output")
    }
  }
}
