import Communication
import Datasets
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@Suite struct ImageCacheRanksTests {
  private let data: TinyImageNet

  init() throws { data = try TinyImageNet() }

  /// Hash and notices of `count` ranks, rank r with the cache folder `cache(r)`.
  private func load(
    _ count: Int, path: String? = nil, cache: @escaping @Sendable (Int) -> String
  ) throws -> (hashes: Set<String>, notices: [[String]]) {
    let path = path ?? data.path
    let outcomes = try ThreadRanks.run(count) { ranks in
      let notices = Mutex<[String]>([])
      let dataset = try Dataset.load(
        "tiny-imagenet", path: path, cache: cache(ranks.rank), ranks: ranks
      ) { text in
        if !text.contains(": a part: ") { notices.withLock { $0.append(text) } }
      }
      return (hash: dataset.sha256, notices: notices.withLock { $0 })
    }.map { try $0.get() }
    return (Set(outcomes.map(\.hash)), outcomes.map(\.notices))
  }

  @Test("ranks of a node decode into one file; it does not depend on how many", arguments: 1...5)
  func oneNode(_ count: Int) throws {
    let folder = data.cache
    let alone = try Dataset.load("tiny-imagenet", path: data.path, cache: folder + "-alone")
    let (hashes, notices) = try load(count) { _ in folder }
    #expect(hashes == [alone.sha256])
    // Every rank is told the same, once, so that the root can say it.
    #expect(Set(notices).count == 1 && notices[0].count == 1)
    let name = try #require(try data.cached().first)
    let bytes = try InputFile.bytes(of: data.cacheFile(), most: 1 << 20)
    let isSame = try InputFile.bytes(of: "\(folder)-alone/\(name)", most: 1 << 20) == bytes
    #expect(isSame)
    #expect(try load(count) { _ in folder }.notices.allSatisfy(\.isEmpty))
  }

  @Test("nodes with folders of their own each have a file; those that have one do not decode")
  func twoNodes() throws {
    let folder = data.cache
    let folders = [folder + "-0", folder + "-1", folder + "-0", folder + "-1", folder + "-1"]
    let first = try load(5) { folders[$0] }
    #expect(first.hashes.count == 1 && first.notices[0].count == 1)
    for node in 0..<2 {
      #expect(try Folder.names(in: "\(folder)-\(node)").count == 1)
    }
    try FileManager.default.removeItem(atPath: folder + "-1")
    let second = try load(5) { folders[$0] }
    #expect(second.hashes == first.hashes)
    // Rank 0's node has its file; that another decodes is told nevertheless.
    #expect(second.notices[0].count == 1 && second.notices[0][0].contains(folder + "-1"))
  }

  @Test("what one rank cannot decode ends all ranks with its words, and nothing stays")
  func failure() throws {
    try data.files.write(text: "no image", to: "val/images/val_5.JPEG")
    let (folder, path) = (data.cache, data.path)
    let outcomes = ThreadRanks.run(3) { ranks in
      try Dataset.load("tiny-imagenet", path: path, cache: folder, ranks: ranks) { _ in }.sha256
    }
    for outcome in outcomes {
      let error = #expect(throws: AgreedFailure.self) { try outcome.get() }
      #expect(error?.message.contains("val_5.JPEG") == true)
    }
    #expect(try data.cached().isEmpty)
  }

  @Test("ranks of a node that see different files are refused")
  func differentFiles() throws {
    let other = try TinyImageNet()
    try other.files.remove("val/images/val_5.JPEG")
    let (folder, paths) = (data.cache, [data.path, other.path])
    let outcomes = ThreadRanks.run(2) { ranks in
      try Dataset.load("tiny-imagenet", path: paths[ranks.rank], cache: folder, ranks: ranks) { _ in
      }.sha256
    }
    for outcome in outcomes {
      let error = #expect(throws: AgreedFailure.self) { try outcome.get() }
      #expect(error?.message.contains("ranks see different files") == true)
    }
    #expect(try data.cached().isEmpty)
  }
}
