/// What `export` tells of a file that it has written.
package struct ExportWords {
  private let path: String
  private let bytes, denseBytes, images: Int
  private let isMadeUp: Bool
  private let distance: Double?

  /// Words on the file at `path`, whose logits were compared with the network's on so many images.
  ///
  /// - Parameters:
  ///   - denseBytes: what the unpruned network takes in the same form.
  ///   - distance: how far logits were off at most, as a share of the largest; nil where every bit
  ///     had to be the same.
  package init(
    path: String, bytes: Int, denseBytes: Int, images: Int, isMadeUp: Bool, distance: Double?
  ) {
    (self.path, self.bytes, self.denseBytes) = (path, bytes, denseBytes)
    (self.images, self.isMadeUp, self.distance) = (images, isMadeUp, distance)
  }

  /// Where it is, how large, and what was proven.
  package var text: String {
    let likeness =
      distance.map { "the network's logits, off by at most \(Format.share($0)) of the largest," }
      ?? "the same logits, bit for bit,"
    return """
      \(path.printable): \(Format.bytes(bytes)), the unpruned network \(Format.bytes(denseBytes))
      Read back: \(likeness) on \(Format.grouped(images)) \(isMadeUp ? "random" : "test") images
      """
  }
}
