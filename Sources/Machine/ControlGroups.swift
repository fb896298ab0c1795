import Foundation

/// The control groups of this process that share out one resource among processes, as Linux shows
/// them: of the first version, the second, or both side by side.
struct ControlGroups {
  /// Their folders, each before the one it lies in: a limit of any of them holds.
  let folders: [String]

  /// The groups for `controller` ("cpu", "memory") of a system whose files lie under `root`.
  init(for controller: String, root: String = "") {
    let memberships = Self.lines(of: "\(root)/proc/self/cgroup").map {
      $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    }
    var folders: [String] = []
    for mount in Self.lines(of: "\(root)/proc/self/mounts").map({ $0.split(separator: " ") }) {
      guard mount.count > 3, mount[2] == "cgroup2" || mount[2] == "cgroup" else { continue }
      // The second version has one tree for all resources, without a name.
      let isUnified = mount[2] == "cgroup2"
      guard isUnified || mount[3].split(separator: ",").contains(controller[...]),
        let membership = memberships.first(where: {
          $0.count == 3
            && (isUnified ? $0[1].isEmpty : $0[1].split(separator: ",").contains(controller[...]))
        })
      else { continue }
      // A container may see its own group as the top, and yet be told the name it has outside.
      var path = membership[2].split(separator: "/")
      while !path.isEmpty {
        folders.append("\(root)\(mount[1])/\(path.joined(separator: "/"))")
        path.removeLast()
      }
      folders.append("\(root)\(mount[1])")
    }
    self.folders = folders.filter { FileManager.default.fileExists(atPath: $0) }
  }

  /// The words of the file `name` in each group that has it.
  func words(of name: String) -> [[Substring]] {
    folders.map { "\($0)/\(name)" }.filter { FileManager.default.fileExists(atPath: $0) }
      .map { Self.lines(of: $0).flatMap { $0.split(separator: " ") } }
  }

  /// The lines of a file that the kernel makes; none where it cannot be read.
  static func lines(of path: String) -> [Substring] {
    ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n")
  }
}
