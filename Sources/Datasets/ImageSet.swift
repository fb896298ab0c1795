import Tensors

/// Labelled images as their files hold them: bytes, `[image][channel][row][column]`.
public struct ImageSet: Sendable {
  /// Shape of an image.
  public let shape: FeatureShape
  /// The pixels of all images.
  public let pixels: Pixels
  /// A class for each image, 0 ..< classes.
  public let labels: [Int32]
  /// What pixels divided by 255 are normalised with; nil leaves them.
  public let normalisation: Normalisation?

  /// Images of `shape` with their labels.
  public init(
    shape: FeatureShape, pixels: Pixels, labels: [Int32], normalisation: Normalisation? = nil
  ) {
    precondition(
      pixels.count == labels.count * shape.count,
      "\(pixels.count) pixels for \(labels.count) images of \(shape)")
    self.shape = shape
    self.pixels = pixels
    self.labels = labels
    self.normalisation = normalisation
  }

  /// Images of `shape` whose pixels are in this process's memory, with their labels.
  public init(
    shape: FeatureShape, pixels: [UInt8], labels: [Int32], normalisation: Normalisation? = nil
  ) {
    self.init(
      shape: shape, pixels: Pixels(pixels), labels: labels, normalisation: normalisation)
  }

  /// How many images there are.
  public var count: Int { labels.count }

  /// Puts the images `order[run]` into the lane blocks of `run`, pixels augmented, divided by 255 and
  /// normalised.
  ///
  /// - Parameters:
  ///   - order: the images of the whole batch.
  ///   - augmentation: nil leaves images as they are.
  /// - Returns: the labels of the run's images.
  public func load(
    _ order: ArraySlice<Int>, run: BlockRun, into input: LaneBlocks,
    augmentation: Augmentation? = nil, kernels: KernelSet
  ) -> [Int32] {
    precondition(order.count == run.images, "\(order.count) images for a batch of \(run.images)")
    let mine = order.dropFirst(run.imageRange.lowerBound).prefix(run.imageRange.count)
    for block in 0..<run.count {
      let images = mine.dropFirst(block * LaneBlocks.lanes).prefix(LaneBlocks.lanes)
      let augmented = augmentation.map { Pixels($0.pixels(of: images, in: self)) }
      let places = augmented == nil ? Array(images) : Array(0..<images.count)
      (augmented ?? pixels).withSpan { span in
        span.withUnsafeBufferPointer {
          guard let base = $0.baseAddress else { return }
          kernels.load(base, starts: places.map { $0 * shape.count }, into: input, block: block)
        }
      }
      normalisation?.apply(to: input, block: block, images: images.count, kernels: kernels)
    }
    return mine.map { labels[$0] }
  }
}
