import Foundation

/// A process and all that it has started, as `/proc` shows them.
struct ProcessTree {
  /// The process itself comes first.
  let numbers: [Int32]

  /// The tree below `process`.
  init(of process: Int32) {
    var numbers = [process]
    var parents: [Int32: [Int32]] = [:]
    for number in Self.running { parents[Self.parent(of: number), default: []].append(number) }
    var next = 0
    while next < numbers.count {
      numbers += parents[numbers[next], default: []]
      next += 1
    }
    self.numbers = numbers
  }

  /// A line a process: its number, parent, state, what it waits for in the kernel, and its command.
  var description: String {
    numbers.map { number in
      let state = Self.status(of: number, "State") ?? "gone"
      let place = Self.content(number, "wchan")
      let command = Self.content(number, "cmdline").replacing("\0", with: " ")
      return "\(number) of \(Self.parent(of: number)): \(state) \(place) \(command.prefix(150))"
    }.joined(separator: "\n")
  }

  /// Ends all of it, the eldest first so that none starts another.
  func end() { for number in numbers { kill(number, SIGKILL) } }

  private static var running: [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }
  }

  private static func parent(of number: Int32) -> Int32 {
    status(of: number, "PPid").flatMap { Int32($0) } ?? 0
  }

  private static func status(of number: Int32, _ key: String) -> String? {
    content(number, "status").split(separator: "\n").first { $0.hasPrefix(key + ":") }
      .map { $0.dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces) }
  }

  private static func content(_ number: Int32, _ file: String) -> String {
    let data = FileManager.default.contents(atPath: "/proc/\(number)/\(file)") ?? Data()
    return String(decoding: data, as: UTF8.self)
  }
}
