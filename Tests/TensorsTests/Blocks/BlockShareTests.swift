import Tensors
import Testing

@Suite struct BlockShareTests {
  @Test("shares partition the blocks as evenly as can be, the longer ones first")
  func ranges() {
    for images in 0...300 {
      for worldSize in 1...9 {
        let shares = (0..<worldSize).map {
          BlockShare(images: images, rank: $0, worldSize: worldSize)
        }
        #expect(shares.flatMap(\.range) == Array(0..<LaneBlocks.count(forImages: images)))
        #expect(shares.map(\.count) == shares.map(\.count).sorted(by: >))
        #expect(shares[0].count - shares[worldSize - 1].count <= 1)
      }
    }
  }

  @Test("the images of the shares partition the batch and fill the blocks in order")
  func images() {
    for images in 0...150 {
      for worldSize in 1...9 {
        let shares = (0..<worldSize).map {
          BlockShare(images: images, rank: $0, worldSize: worldSize)
        }
        #expect(shares.flatMap(\.imageRange) == Array(0..<images))
        for share in shares {
          let perBlock = (0..<share.count).map(share.images(in:))
          #expect(perBlock.reduce(0, +) == share.imageRange.count)
          #expect(perBlock.dropLast().allSatisfy { $0 == LaneBlocks.lanes })
          #expect(perBlock.allSatisfy { (1...LaneBlocks.lanes).contains($0) })
        }
      }
    }
  }

  @Test("mostSubtrees is the most that any rank has in any batch up to that size")
  func mostSubtrees() {
    for images in [0, 1, 16, 17, 120, 128, 200, 333] {
      for worldSize in 1...9 {
        let counts = (0...images).flatMap { batch in
          (0..<worldSize).map {
            BlockShare(images: batch, rank: $0, worldSize: worldSize).subtrees.count
          }
        }
        #expect(
          BlockShare.mostSubtrees(images: images, worldSize: worldSize) == counts.max(),
          "\(images) images over \(worldSize) ranks")
      }
    }
  }

  @Test("three ranks cut eight blocks into two, two and one subtrees")
  func threeRanks() {
    let shares = (0..<3).map { BlockShare(images: 128, rank: $0, worldSize: 3) }
    #expect(shares.map(\.range) == [0..<3, 3..<6, 6..<8])
    #expect(shares.map(\.subtrees.count) == [2, 2, 1])
  }
}
