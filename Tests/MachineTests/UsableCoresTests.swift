import Foundation
import Machine
import Testing

@Suite struct UsableCoresTests {
  private func cores(_ allowed: String, _ more: [String: String] = [:]) throws -> UsableCores {
    let files = MadeUpSystem.files(allowed: allowed).merging(more) { $1 }
    return try MadeUpSystem(files)(UsableCores.init)
  }

  @Test("hardware threads of a core count once, and only those the affinity mask allows")
  func mask() throws {
    #expect(try cores("0-15").processors == (0..<8).map { [$0, $0 + 8] })
    #expect(try cores("2,10").processors == [[2, 10]])
    #expect(try cores("9-11,3").processors == [[9], [10], [3, 11]])
    #expect(try cores("0-15").count == 8)
    #expect(try cores("2,10").places == [[2, 10]])
  }

  @Test("without a word on siblings each processor is a core; without any word there is one")
  func unknown() throws {
    let bare = try MadeUpSystem(["proc/self/status": "Cpus_allowed_list:\t4-6"])
    #expect(bare(UsableCores.init).processors == [[4], [5], [6]])
    let silent = try MadeUpSystem([:])(UsableCores.init)
    #expect(silent.processors.isEmpty && silent.count == 1 && silent.places == [[]])
  }

  /// A limit of any group up to the top holds; it is rounded down, and leaves at least one core.
  private static let second = [
    ("max 100000", "max 100000", 8), ("350000 100000", "max 100000", 3),
    ("max 100000", "200000 100000", 2), ("50000 100000", "800000 100000", 1),
    ("6400000 100000", "max 100000", 8),
  ]

  @Test("a quota of control groups of the second version", arguments: second)
  func quota(own: String, above: String, count: Int) throws {
    let cores = try cores(
      "0-15",
      [
        "proc/self/cgroup": "0::/jobs/mine", "proc/self/mounts": "none /groups cgroup2 rw 0 0",
        "groups/jobs/mine/cpu.max": own, "groups/jobs/cpu.max": above,
      ])
    #expect(cores.count == count)
    // Where time is short and not cores, ranks of several jobs must not meet on the first ones.
    #expect(
      cores.places
        == (count == 8 ? cores.processors : .init(repeating: Array(0..<16), count: count)))
  }

  @Test("a quota of control groups of the first version, by the name a container has outside")
  func firstVersion() throws {
    func count(_ quota: String) throws -> Int {
      try cores(
        "0-15",
        [
          "proc/self/cgroup": "3:memory:/\n2:cpu,cpuacct:/docker/abc\n0::/",
          "proc/self/mounts": """
          none / overlay rw 0 0
          none /groups/cpu cgroup rw,nosuid,cpu,cpuacct 0 0
          none /groups/unified cgroup2 rw 0 0
          """,
          "groups/cpu/cpu.cfs_quota_us": quota, "groups/cpu/cpu.cfs_period_us": "100000",
          "groups/unified/cgroup.procs": "1",
        ]
      ).count
    }
    #expect(try count("-1") == 8)
    #expect(try count("250000") == 2)
  }

  @Test("this machine has a core for this process")
  func here() {
    let cores = UsableCores()
    #expect(!cores.processors.isEmpty && cores.places.count == cores.count)
  }
}
