import Foundation
import Tensors
import TestSupport
import Testing

/// What is computed map by map, on every kernel set against plain loops, bit for bit: pools,
/// shortcuts and rectifiers. Buffers are compared as a whole, so that halos, other channels, other
/// blocks and the constants after each block must stay as they were.
@Suite struct PlaneKernelsTests {
  /// Calls `body` with random sizes; halos, blocks and lanes vary with them.
  private func repeatedly(_ body: (PlaneCase, inout SeededRandom) -> Void) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for _ in 0..<60 { body(PlaneCase(using: &random), &random) }
  }

  @Test("Max pools take the first of the largest, and NaN before all")
  func maxPool() {
    repeatedly { example, random in
      let size = Int.random(
        in: 1...min(4, example.shape.height, example.shape.width), using: &random)
      let pooled = FeatureShape(
        channels: example.shape.channels, height: example.shape.height / size,
        width: example.shape.width / size)
      let x = example.blocks(special: true, using: &random)
      let y = example.blocks(pooled, using: &random)
      y.expect("size \(size), \(example)", example.count) { place in
        x.largest(place, size).value
      } of: { kernels, y in
        kernels.maxPool(x, into: y, size: size, blocks: example.count)
      }
      let dy = example.blocks(pooled, using: &random)
      let dx = example.blocks(using: &random)
      dx.expect("gradient, size \(size), \(example)", example.count) { place in
        let square = place.divided(by: size)
        guard square.row < pooled.height, square.column < pooled.width else { return 0 }
        let largest = x.largest(square, size)
        return largest.place == place && !largest.value.isNaN ? dy[square] : 0
      } of: { kernels, dx in
        kernels.maxPoolBackward(dy, x: x, into: dx, size: size, blocks: example.count)
      }
    }
  }

  @Test("Average pools add in raster order, their gradients are shared out")
  func averagePool() {
    repeatedly { example, random in
      let (shape, pooled) = (example.shape, FeatureShape(channels: example.shape.channels))
      let x = example.blocks(using: &random)
      let y = example.blocks(pooled, using: &random)
      y.expect("\(example)", example.count) { place in
        x.map(of: place).reduce(0, +) / Float(shape.height * shape.width)
      } of: { kernels, y in
        kernels.averagePool(x, into: y, blocks: example.count)
      }
      let dx = example.blocks(using: &random)
      dx.expect("gradient, \(example)", example.count) { place in
        y[PlaneCase.Place(place.block, place.channel, 0, 0, place.lane)]
          * (1 / Float(shape.height * shape.width))
      } of: { kernels, dx in
        kernels.averagePoolBackward(y, into: dx, blocks: example.count)
      }
    }
  }

  @Test(
    "A channel is put to or added to another, every row and column or some", arguments: [1, 2, 3])
  func addChannel(step: Int) {
    repeatedly { example, random in
      let (large, small) = (example.shape, example.shape.strided(by: step))
      let x = example.blocks(using: &random)
      let y = example.blocks(small, using: &random)
      let from = Int.random(in: 0..<large.channels, using: &random)
      let to = Int.random(in: 0..<small.channels, using: &random)
      for onto in [false, true] {
        y.expect("onto \(onto), \(example)", example.count) { place in
          guard place.channel == to else { return y[place] }
          let value = x[place.strided(by: step, channel: from)]
          return onto ? y[place] + value : value
        } of: { kernels, y in
          kernels.addChannel(
            from, of: x, to: to, of: y, stride: step, onto: onto, blocks: example.count)
        }
      }
      x.expect("gradient, \(example)", example.count) { place in
        guard place.channel == from, place.row % step == 0, place.column % step == 0
        else { return x[place] }
        var source = place.divided(by: step)
        source.channel = to
        return x[place] + y[source]
      } of: { kernels, x in
        kernels.addChannelBackward(to, of: y, to: from, of: x, stride: step, blocks: example.count)
      }
      x.expect("cleared, \(example)", example.count) { place in
        place.channel == from ? 0 : x[place]
      } of: { kernels, x in
        kernels.clearChannel(from, of: x, blocks: example.count)
      }
    }
  }

  @Test("Rectifiers let nothing pass that is not above zero but NaN")
  func rectify() {
    repeatedly { example, random in
      let x = example.blocks(special: true, using: &random)
      x.expect("\(example)", example.count) { place in
        x[place] <= 0 ? 0 : x[place]
      } of: { kernels, x in
        kernels.rectify(x, blocks: example.count)
      }
      let dy = example.blocks(halo: x.halo, using: &random)
      dy.expect("gradient, \(example)", example.count) { place in
        x[place] <= 0 ? 0 : dy[place]
      } of: { kernels, dy in
        kernels.rectifyBackward(dy, output: x, blocks: example.count)
      }
    }
  }

  @Test("Absolute sums fold the lanes of the images, position by position")
  func absoluteSums() {
    repeatedly { example, random in
      let x = example.blocks(using: &random)
      x.spoilEmptyLanes(images: example.images)
      let expected = x.places(1).filter { $0.lane == 0 }.map { place in
        Double(
          folded(
            (0..<LaneBlocks.lanes).map { lane in
              lane < example.images
                ? abs(x[PlaneCase.Place(0, place.channel, place.row, place.column, lane)]) : 0
            }))
      }
      for kernels in KernelSet.available {
        let sums = kernels.absoluteSums(x, block: 0, images: example.images)
        #expect(sums == expected, "\(kernels.name), \(example)")
      }
    }
  }

  @Test("Images are loaded into the lanes of maps with halos, too")
  func load() {
    repeatedly { example, random in
      let bytes = (0..<example.images * example.shape.count).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      let starts = (0..<example.images).shuffled(using: &random).map { $0 * example.shape.count }
      let x = example.blocks(using: &random)
      x.expect("\(example)", 1) { place in
        guard place.lane < example.images else { return 0 }
        let feature =
          (place.channel * example.shape.height + place.row) * example.shape.width + place.column
        return Float(bytes[starts[place.lane] + feature]) / 255
      } of: { kernels, x in
        bytes.withUnsafeBufferPointer { pixels in
          guard let base = pixels.baseAddress else { return }
          kernels.load(base, starts: starts, into: x, block: 0)
        }
      }
    }
  }
}

extension FeatureShape {
  /// Every `step`-th row and column.
  fileprivate func strided(by step: Int) -> FeatureShape {
    FeatureShape(
      channels: channels, height: (height + step - 1) / step, width: (width + step - 1) / step)
  }
}

extension LaneBlocks {
  /// The first of the largest numbers in the square of `size` × `size` that a pool sees at `place`;
  /// the last NaN, where there is one.
  fileprivate func largest(
    _ place: PlaneCase.Place, _ size: Int
  ) -> (place: PlaneCase.Place, value: Float) {
    var result = place.strided(by: size, channel: place.channel)
    let corner = result
    for row in 0..<size {
      for column in 0..<size {
        let next = PlaneCase.Place(
          place.block, place.channel, corner.row + row, corner.column + column, place.lane)
        if self[next] > self[result] || self[next].isNaN { result = next }
      }
    }
    return (result, self[result])
  }

  /// One image's map in raster order.
  fileprivate func map(of place: PlaneCase.Place) -> [Float] {
    (0..<shape.height).flatMap { row in
      (0..<shape.width).map { column in
        self[place.block, place.channel, row, column, place.lane]
      }
    }
  }
}
