import Tensors

/// Puts images into lane blocks, through memory of its own that it uses again.
package final class ImageLoader {
  private let kernels: KernelSet
  private var starts: [Int] = []
  private var augmented: [UInt8] = []
  /// The labels of the images loaded last.
  package private(set) var labels: [Int32] = []

  /// Wall time of all loading.
  package private(set) var seconds = 0.0

  /// Where times are noted, if anywhere.
  package var timeline: Timeline?

  /// A loader on `kernels`.
  package init(kernels: KernelSet) { self.kernels = kernels }

  /// Puts the images `order[share]` of `images` into the lane blocks of `share`, pixels augmented,
  /// divided by 255 and normalised.
  ///
  /// - Parameters:
  ///   - order: the images of the whole batch.
  ///   - augmentation: nil leaves images as they are.
  package func load(
    _ images: ImageSet, _ order: ArraySlice<Int>, share: BlockShare, into input: LaneBlocks,
    augmentation: Augmentation? = nil
  ) {
    let start = ContinuousClock.now
    defer { seconds += start.elapsedSeconds }
    timeline.measure("images", "step") {
      loadNow(images, order, share, input, augmentation)
    }
  }

  private func loadNow(
    _ images: ImageSet, _ order: ArraySlice<Int>, _ share: BlockShare, _ input: LaneBlocks,
    _ augmentation: Augmentation?
  ) {
    precondition(
      order.count == share.images, "\(order.count) images for a batch of \(share.images)")
    let mine = order.dropFirst(share.imageRange.lowerBound).prefix(share.imageRange.count)
    labels.removeAll(keepingCapacity: true)
    for image in mine { labels.append(images.labels[image]) }
    for block in 0..<share.count {
      let members = mine.dropFirst(block * LaneBlocks.lanes).prefix(LaneBlocks.lanes)
      if let augmentation {
        augmentation.put(members, of: images, into: &augmented)
        begin(members.indices.lazy.map { $0 - members.startIndex }, images.shape)
        put(augmented.span, into: input, block: block)
      } else {
        begin(members, images.shape)
        images.pixels.withSpan { put($0, into: input, block: block) }
      }
      images.normalisation?.apply(
        to: input, block: block, images: members.count, kernels: kernels)
    }
  }

  /// Notes where the pixels of images begin that lie at `places` in a row of images.
  private func begin(_ places: some Sequence<Int>, _ shape: FeatureShape) {
    starts.removeAll(keepingCapacity: true)
    for place in places { starts.append(place * shape.count) }
  }

  private func put(_ pixels: Span<UInt8>, into input: LaneBlocks, block: Int) {
    pixels.withUnsafeBufferPointer {
      guard let base = $0.baseAddress else { return }
      kernels.load(base, starts: starts, into: input, block: block)
    }
  }
}
