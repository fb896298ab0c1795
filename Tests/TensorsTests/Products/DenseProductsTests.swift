import Tensors
import TestSupport
import Testing

@Suite struct DenseProductsTests {
  typealias Shape = RandomDenseLayer.Shape

  @Test("every kernel set computes random layers as plain loops do, bit for bit")
  func randomLayers() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for _ in 0..<200 {
      check(RandomDenseLayer(RandomDenseLayer.anyShape(using: &random), using: &random))
    }
  }

  @Test(
    "every kernel set computes corner shapes as plain loops do, bit for bit",
    arguments: [
      Shape(units: 1, inputs: 1, images: 1, density: 1),
      Shape(units: 1, inputs: 1, images: 130, density: 0.5),
      Shape(units: 1, inputs: 300, images: 16, density: 1),
      Shape(units: 70, inputs: 1, images: 40, density: 0.3),
      // Exactly the register tiles of the kernel sets, and one more than each.
      Shape(units: 24, inputs: 24, images: 64, density: 1),
      Shape(units: 25, inputs: 25, images: 80, density: 1),
      Shape(units: 25, inputs: 25, images: 80, density: 0.7),
      // Sixteen connections are folded at once.
      Shape(units: 3, inputs: 15, images: 17, density: 1),
      Shape(units: 3, inputs: 16, images: 17, density: 1),
      Shape(units: 60, inputs: 97, images: 144, density: 0.02),
      Shape(units: 5, inputs: 9, images: 100, density: 0),
      // Three ranks cut eight blocks at no aligned place; ranks without blocks compute nothing.
      Shape(units: 7, inputs: 33, images: 128, density: 1, rank: 1, worldSize: 3),
      Shape(units: 7, inputs: 33, images: 128, density: 0.4, rank: 1, worldSize: 3),
      Shape(units: 7, inputs: 33, images: 20, density: 1, rank: 3, worldSize: 4),
      Shape(units: 7, inputs: 33, images: 20, density: 0.4, rank: 3, worldSize: 4),
    ])
  func cornerShapes(shape: Shape) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    check(RandomDenseLayer(shape, using: &random))
  }

  private func check(_ layer: RandomDenseLayer) {
    let plain = layer.results(
      of: PlainDenseProducts(
        units: layer.shape.units, inputs: layer.shape.inputs, mask: layer.mask))
    for kernels in KernelSet.available {
      let results = layer.results(of: LaneDenseProducts(layer.connectivity, kernels: kernels))
      for (result, expected) in zip(results, plain) {
        #expect(
          result.numbers.firstDifference(from: expected.numbers) == nil,
          "\(result.name), \(kernels.name), \(layer.shape)")
      }
    }
  }

  @Test("a pruned neuron beside a full layer changes no bit of its outputs and input gradients")
  func listedAsFull() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for _ in 0..<10 {
      var shape = RandomDenseLayer.anyShape(using: &random)
      shape.density = 1
      let full = RandomDenseLayer(shape, using: &random)
      let listed = full.besidePrunedNeuron(using: &random)
      #expect(full.connectivity.isFull && !listed.connectivity.isFull)
      for kernels in KernelSet.available {
        let expected = full.results(of: LaneDenseProducts(full.connectivity, kernels: kernels))
        let results = listed.results(of: LaneDenseProducts(listed.connectivity, kernels: kernels))
        #expect(
          listed.features(of: results[0].numbers, first: shape.units)
            == full.features(of: expected[0].numbers, first: shape.units),
          "forward, \(kernels.name), \(shape)")
        #expect(
          results[1].numbers.firstDifference(from: expected[1].numbers) == nil,
          "\(results[1].name), \(kernels.name), \(shape)")
      }
    }
  }

  @Test("the gradient of a share is the gradients of its ranks' shares, added in tree order")
  func ranks() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for worldSize in 2...9 {
      var shape = RandomDenseLayer.anyShape(using: &random)
      (shape.rank, shape.worldSize) = (0, 1)
      let whole = RandomDenseLayer(shape, using: &random)
      let expected = whole.gradient(of: whole.share)
      let shares = (0..<worldSize).map {
        BlockShare(images: shape.images, rank: $0, worldSize: worldSize)
      }
      let partials = shares.flatMap { whole.gradient(of: $0) }
      let merges = whole.share.tree.merges(of: shares.flatMap(\.subtrees))
      var stack: [[Float]] = []
      for (partial, additions) in zip(partials, merges) {
        stack.append(partial)
        for _ in 0..<additions {
          let right = stack.removeLast()
          stack.append(zip(stack.removeLast(), right).map { $0 + $1 })
        }
      }
      #expect(stack == expected, "\(worldSize) ranks, \(shape)")
    }
  }
}

extension RandomDenseLayer {
  /// The same layer with one more neuron that has lost all its connections.
  fileprivate func besidePrunedNeuron(using random: inout SeededRandom) -> RandomDenseLayer {
    var wider = shape
    wider.units += 1
    var mask = Mask(count: wider.units * (wider.inputs + 1))
    for index in self.mask.count..<mask.count { mask[index] = false }
    let layer = RandomDenseLayer(wider, mask: mask, using: &random)
    layer.weights.copy(from: weights)
    layer.x.buffer.copy(from: x.buffer)
    for block in 0..<share.count {
      for unit in 0..<shape.units {
        for lane in 0..<LaneBlocks.lanes { layer.dy[block, unit, lane] = dy[block, unit, lane] }
      }
    }
    return layer
  }

  /// The bits of the `first` features of every block of an output.
  fileprivate func features(of output: FloatBuffer, first: Int) -> [UInt32] {
    let stride = (shape.units + 1) * LaneBlocks.lanes
    return (0..<share.count).flatMap { block in
      (0..<first * LaneBlocks.lanes).map { output[block * stride + $0].bitPattern }
    }
  }

  /// The partial weight gradients of another run over the blocks of this layer's batch.
  fileprivate func gradient(of part: BlockShare) -> [[Float]] {
    let (heldX, heldDy) = (x.blocks(part.range), dy.blocks(part.range))
    let gradients = GradientPartials(count: connectivity.kept, partials: part.subtrees.count)
    LaneDenseProducts(connectivity, kernels: KernelSet.available[0]).weightGradient(
      heldDy, heldX, into: gradients, offset: 0, share: part)
    return part.subtrees.indices.map { partial in
      (0..<connectivity.kept).map { gradients.buffer[partial * gradients.stride + $0] }
    }
  }
}

extension LaneBlocks {
  fileprivate func blocks(_ range: Range<Int>) -> LaneBlocks {
    let result = LaneBlocks(shape: shape, capacity: range.count)
    for index in 0..<result.buffer.count {
      result.buffer[index] = buffer[range.lowerBound * stride + index]
    }
    return result
  }
}
