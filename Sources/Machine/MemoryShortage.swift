/// What the kernel tells of memory that was short.
package struct MemoryShortage: Sendable, Equatable {
  /// Processes it has killed for that, in this process's control group and on the machine; a number
  /// to be compared with a later one.
  package let kills: Int
  /// Bytes that the control groups allow; nil for as many as there are.
  package let limit: Int?

  /// That of a system whose files lie under `root`.
  package init(root: String = "") {
    let groups = ControlGroups(for: "memory", root: root)
    let counters =
      ["memory.events", "memory.oom_control"].compactMap { groups.words(of: $0).first }
      + [ControlGroups.lines(of: "\(root)/proc/vmstat").flatMap { $0.split(separator: " ") }]
    kills = counters.reduce(0) { sum, words in
      sum
        + zip(words, words.dropFirst()).reduce(0) { $0 + ($1.0 == "oom_kill" ? Int($1.1) ?? 0 : 0) }
    }
    // Without a limit it is "max", or a number larger than any memory.
    limit = ["memory.max", "memory.limit_in_bytes"].flatMap(groups.words).compactMap { words in
      words.first.flatMap { Int($0) }
    }.filter { $0 < ProcessMemory.ofMachine }.min()
  }
}
