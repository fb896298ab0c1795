import Tensors
import Testing

@Suite struct LaneBlocksTests {
  @Test("an image fills a lane, sixteen a block")
  func count() {
    #expect([0, 1, 16, 17, 120, 128].map(LaneBlocks.count(forImages:)) == [0, 1, 1, 2, 8, 8])
  }

  @Test("a shape counts its channels, rows and columns")
  func shape() {
    #expect(FeatureShape(channels: 3, height: 4, width: 5).count == 60)
    #expect(FeatureShape(channels: 7).count == 7)
    #expect(FeatureShape(channels: 7) == FeatureShape(channels: 7, height: 1, width: 1))
  }

  @Test("features are zero at first, and after those of each block lies the constant 1")
  func layout() {
    let blocks = LaneBlocks(shape: FeatureShape(channels: 2, height: 1, width: 3), capacity: 4)
    #expect(blocks.stride == 7 * LaneBlocks.lanes)
    #expect(blocks.buffer.count == 4 * blocks.stride)
    for block in 0..<4 {
      for lane in 0..<LaneBlocks.lanes {
        #expect((0..<6).allSatisfy { blocks[block, $0, lane] == 0 })
        #expect(blocks[block, 6, lane] == 1)
      }
    }
  }

  @Test("block, feature and lane are the axes of the buffer")
  func elements() {
    let blocks = LaneBlocks(shape: FeatureShape(channels: 5), capacity: 3)
    blocks[2, 3, 7] = 4
    #expect(blocks.buffer[(2 * 6 + 3) * 16 + 7] == 4)
    #expect(blocks.base(of: 2)[3 * 16 + 7] == 4)
    #expect(UInt(bitPattern: blocks.base(of: 1)) % 64 == 0)
  }

  @Test("a block outside the capacity stops the program")
  func bounds() async {
    await #expect(processExitsWith: .failure) {
      _ = LaneBlocks(shape: FeatureShape(channels: 5), capacity: 3).base(of: 4)
    }
  }
}
