import Foundation
import TestSupport

/// The files by which a kernel tells of a machine, made up for a test.
struct MadeUpSystem {
  private let folder: TemporaryFolder

  /// Files by their paths below the root.
  init(_ files: [String: String]) throws {
    folder = try TemporaryFolder()
    for (path, text) in files {
      let parent = (folder.path + "/" + path as NSString).deletingLastPathComponent
      try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
      try folder.write(Array((text + "\n").utf8), to: path)
    }
  }

  /// What `look` makes of it, given its root.
  func callAsFunction<Result>(_ look: (String) -> Result) -> Result {
    withExtendedLifetime(folder) { look(folder.path) }
  }

  /// One with `cores` cores of two hardware threads, numbered as Linux does: first threads first.
  static func files(allowed: String, cores: Int = 8) -> [String: String] {
    var files = [
      "proc/self/status": "Name:\ttest\nCpus_allowed:\tff\nCpus_allowed_list:\t\(allowed)"
    ]
    for processor in 0..<2 * cores {
      files["sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list"] =
        "\(processor % cores),\(processor % cores + cores)"
    }
    return files
  }
}
