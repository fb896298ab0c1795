import Foundation
import Tensors
import Testing

/// In processes of their own, which the system gives little memory.
@Suite struct MemoryTests {
  @Test(
    "memory that is refused ends the process with one line that says how much for what",
    arguments: [1 << 28, 1 << 18])
  func refused(count: Int) async throws {
    let result = await #expect(
      processExitsWith: .exitCode(74), observing: [\.standardErrorContent]
    ) { [count] in
      var limit = rlimit(rlim_cur: 1 << 29, rlim_max: rlim_t.max)
      setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
      Memory.introduce("rank 0 on some", rank: 0)
      var buffers: [FloatBuffer] = []
      while true { buffers.append(FloatBuffer(count: count, for: "activations")) }
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    let lines = text.split(separator: "\n").filter { $0.contains("no memory") }
    #expect(lines.count == 1, "\(text)")
    let words =
      "relief-dist: error: rank 0 on some: no memory for \(4 * count) bytes of activations"
    #expect(lines.first?.hasPrefix(words) == true, "\(text)")
    #expect(lines.first?.contains("ulimit lets it have 536870912 in all") == true, "\(text)")
  }
}
