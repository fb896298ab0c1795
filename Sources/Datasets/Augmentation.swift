import Tensors

/// Training images moved and mirrored at random (He, Zhang, Ren, Sun: "Deep residual learning for
/// image recognition", CVPR 2016, section 4.2): 4 black pixels are put around an image, a window of
/// its own size is cut out anywhere, and this is mirrored left to right with probability ½.
///
/// Black is 0 before normalisation, as in torchvision's usual order of RandomCrop, ToTensor,
/// Normalize. What happens to an image is a function of seed, pruning iteration, epoch and its
/// index in the set.
package struct Augmentation: Sendable {
  /// Black pixels on each side.
  package static let padding = 4
  private let random: CounterRandom

  /// The augmentation of an epoch.
  package init(_ randomKey: RandomKey) {
    random = randomKey.random(.augmentation)
  }

  /// What becomes of the image `sample`.
  package func window(sample: Int) -> Window {
    let words = random.words(0, sample: sample)
    // In Swift a shift binds tighter than a product.
    let (row, column) = (
      (UInt64(words.0) * UInt64(2 * Self.padding + 1)) >> 32,
      (UInt64(words.1) * UInt64(2 * Self.padding + 1)) >> 32
    )
    return Window(row: Int(row), column: Int(column), isMirrored: words.2 >> 31 == 1)
  }

  /// Puts the pixels of `samples` of `images` into `result`, one image after the other, each as its
  /// window shows it.
  func put(_ samples: ArraySlice<Int>, of images: ImageSet, into result: inout [UInt8]) {
    result.removeAll(keepingCapacity: true)
    result.append(contentsOf: repeatElement(0, count: samples.count * images.shape.count))
    images.pixels.withSpan { pixels in
      for (place, sample) in samples.enumerated() {
        window(sample: sample).copy(
          pixels, from: sample * images.shape.count, to: &result,
          at: place * images.shape.count, shape: images.shape)
      }
    }
  }

  /// Which part of a padded image is seen, and how.
  package struct Window: Sendable, Equatable {
    /// Its first row and column in the padded image, 0 to 8; (4, 4) is the image itself.
    package let row, column: Int
    /// Whether left and right change places.
    package let isMirrored: Bool

    /// A window of the padded image.
    package init(row: Int, column: Int, isMirrored: Bool) {
      (self.row, self.column, self.isMirrored) = (row, column, isMirrored)
    }

    /// Writes what is seen of the image of `shape` that starts at `start` of `pixels` to `place` of
    /// `result`, where all is black: padding is not written.
    package func copy(
      _ pixels: Span<UInt8>, from start: Int, to result: inout [UInt8], at place: Int,
      shape: FeatureShape
    ) {
      let (down, right) = (row - padding, column - padding)
      let (rows, columns) = (0..<shape.height, 0..<shape.width)
      for channel in 0..<shape.channels {
        for row in rows where rows.contains(row + down) {
          let to = place + (channel * shape.height + row) * shape.width
          let from = start + (channel * shape.height + row + down) * shape.width + right
          for column in columns where columns.contains(column + right) {
            result[to + (isMirrored ? shape.width - 1 - column : column)] = pixels[from + column]
          }
        }
      }
    }
  }
}
