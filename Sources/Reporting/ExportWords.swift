/// What `export` tells of a file that it has written.
package struct ExportWords {
  private let path: String
  private let bytes, denseBytes, images: Int
  private let isMadeUp: Bool

  /// Words on the file at `path`, which was compared with the network on so many images.
  package init(path: String, bytes: Int, denseBytes: Int, images: Int, isMadeUp: Bool) {
    (self.path, self.bytes, self.denseBytes) = (path, bytes, denseBytes)
    (self.images, self.isMadeUp) = (images, isMadeUp)
  }

  /// Where it is, how large, and what was proven.
  package var text: String {
    """
    \(path.printable): \(Format.bytes(bytes)), the dense network as safetensors \
    \(Format.bytes(denseBytes))
    Read back: the same logits, bit for bit, on \(Format.grouped(images)) \
    \(isMadeUp ? "random images" : "test images")
    """
  }
}
