import Foundation

/// The physical cores that this process may use: those its affinity mask allows, the hardware
/// threads of a core counted once, and no more than its control groups give it time for. No
/// variable of the environment has a say.
package struct UsableCores: Sendable, Equatable {
  /// The processors (hardware threads) of each core that the mask allows, ascending.
  package let processors: [[Int]]
  /// How many processors' time the control groups allow, a whole number, at least 1; nil for any.
  package let quota: Int?

  /// The cores of a system whose files lie under `root`.
  package init(root: String = "") {
    let allowed =
      ControlGroups.lines(of: "\(root)/proc/self/status")
      .first { $0.hasPrefix("Cpus_allowed_list:") }
      .map { Self.numbers($0.dropFirst("Cpus_allowed_list:".count)) } ?? []
    var cores: [[Int]] = []
    for processor in allowed where !cores.contains(where: { $0.contains(processor) }) {
      let topology = "\(root)/sys/devices/system/cpu/cpu\(processor)/topology"
      let siblings = ControlGroups.lines(of: "\(topology)/thread_siblings_list").first
        .map(Self.numbers)
      cores.append(
        (siblings ?? []).filter { allowed.contains($0) && $0 != processor } + [processor])
    }
    processors = cores.map { $0.sorted() }
    quota = Self.quotas(ControlGroups(for: "cpu", root: root)).min().map { max(1, Int($0)) }
  }

  /// Ranks that can compute at once, at least 1.
  package var count: Int { max(1, min(processors.count, quota ?? .max)) }

  /// The processors for each of `count` ranks: a core of its own, or all of them where time is
  /// short, as other jobs on the same cores may have as little.
  package var places: [[Int]] {
    count == processors.count
      ? processors : Array(repeating: processors.flatMap(\.self).sorted(), count: count)
  }

  /// The numbers of a list such as "0-3,8".
  private static func numbers(_ list: Substring) -> [Int] {
    list.split(separator: ",").flatMap { range -> [Int] in
      let ends = range.split(separator: "-")
        .compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }

  /// Processor time over time, for each group that limits it.
  private static func quotas(_ groups: ControlGroups) -> [Double] {
    let second = groups.words(of: "cpu.max")
    let first = zip(groups.words(of: "cpu.cfs_quota_us"), groups.words(of: "cpu.cfs_period_us"))
    return (second + first.map { $0 + $1 }).compactMap { words in
      // Without a limit the first is "max", or −1.
      guard words.count == 2, let time = Double(words[0]), let period = Double(words[1]), time > 0,
        period > 0
      else { return nil }
      return time / period
    }
  }
}
