import Machine
import Testing

@Suite struct MemoryShortageTests {
  private static let machine = ["proc/vmstat": "nr_free_pages 5\noom_kill 3\nzero 0"]

  private func shortage(_ files: [String: String]) throws -> MemoryShortage {
    try MadeUpSystem(Self.machine.merging(files) { $1 })(MemoryShortage.init)
  }

  @Test("of control groups of the second version: kills of its own, the lowest limit of all above")
  func secondVersion() throws {
    let shortage = try shortage([
      "proc/self/cgroup": "0::/jobs/mine", "proc/self/mounts": "none /groups cgroup2 rw 0 0",
      "groups/jobs/mine/memory.events": "low 0\noom 9\noom_kill 2\noom_group_kill 0",
      "groups/jobs/mine/memory.max": "max", "groups/jobs/memory.max": "1000000",
      "groups/jobs/memory.events": "oom_kill 50",
    ])
    #expect(shortage.kills == 5)
    #expect(shortage.limit == 1_000_000)
  }

  @Test("of control groups of the first version, which call no limit a large one")
  func firstVersion() throws {
    func limit(_ bytes: String) throws -> MemoryShortage {
      try shortage([
        "proc/self/cgroup": "4:memory:/mine",
        "proc/self/mounts": "none /groups cgroup rw,memory 0 0",
        "groups/mine/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 4",
        "groups/mine/memory.limit_in_bytes": bytes,
      ])
    }
    #expect(try limit("2000000").kills == 7)
    #expect(try limit("2000000").limit == 2_000_000)
    #expect(try limit("9223372036854771712").limit == nil)
  }

  @Test("of a machine without control groups")
  func plain() throws {
    #expect(try shortage([:]).kills == 3)
    #expect(try shortage([:]).limit == nil)
  }
}
