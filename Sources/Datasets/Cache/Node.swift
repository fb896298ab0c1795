import Communication
import Foundation
import Storage

/// The ranks that share a running kernel and a folder: what one of them writes there, the others
/// read.
struct Node {
  /// All ranks.
  let ranks: any Communicator
  /// The rank that acts for this node.
  let leader: Int
  /// This rank's place among the ranks of its node, and how many these are.
  let index, count: Int
  private let leaders: Set<Int>

  /// The ranks for which `folder` is the same as for this one.
  /// - Throws: `FileError.system` where there is no such folder.
  init(_ ranks: any Communicator, folder: String) throws {
    let key = try ranks.agree { Array(try Self.key(folder).utf8) }
    let keys = try ranks.gather(key)
    let mine = keys.indices.filter { keys[$0] == key }
    self.ranks = ranks
    leader = mine[0]
    index = mine.prefix { $0 != ranks.rank }.count
    count = mine.count
    leaders = Set(keys.compactMap(keys.firstIndex))
  }

  /// Whether this rank acts for its node.
  var isLeader: Bool { leader == ranks.rank }

  /// What `make` returns on the leader of each node, on all ranks, by the leader's rank; the others
  /// do not call theirs.
  /// - Throws: on every rank, what a leader met.
  func gather<Value: Codable>(fromLeaders make: () throws -> Value) throws -> [Int: Value] {
    let made = try ranks.agree { isLeader ? [UInt8](try JSONEncoder().encode(make())) : [] }
    let gathered = try ranks.gather(made)
    let pairs = try leaders.map {
      ($0, try JSONDecoder().decode(Value.self, from: Data(gathered[$0])))
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }

  private static func key(_ folder: String) throws -> String {
    let kernel = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
    return "\(kernel ?? ProcessInfo.processInfo.hostName) \(try Folder.identity(of: folder))"
  }
}
