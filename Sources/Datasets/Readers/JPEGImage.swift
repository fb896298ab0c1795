import CTurboJPEG
import Storage
import Tensors

/// A JPEG image as three planes of bytes, decoded by libjpeg-turbo.
///
/// Decoding is a function of the file alone: the accurate integer transform and triangular
/// upsampling give the same bytes whatever the processor, and every image has a decoder of its own,
/// because one that has tables left of the last image would use them for an image that lacks its
/// own.
final class JPEGImage {
  /// Larger files are no images of the sizes that are read.
  private static let mostBytes = 1 << 24
  /// What libjpeg-turbo only warns of, data that ends early above all, is damage.
  private static let flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS

  private let path: String
  private let bytes: [UInt8]
  private let decoder: tjhandle

  /// The pixels `[channel][row][column]` of the image at `path`, greyscale expanded to red, green
  /// and blue.
  ///
  /// - Parameter shape: what the image must have; its header is held against this before anything
  ///   is decoded.
  /// - Throws: `FileError`.
  static func pixels(of path: String, shape: FeatureShape) throws -> [UInt8] {
    let image = try JPEGImage(path)
    try image.requireHeader(shape)
    return try image.planes(shape)
  }

  private init(_ path: String) throws {
    self.path = path
    bytes = try InputFile.bytes(of: path, most: Self.mostBytes)
    guard let decoder = tjInitDecompress() else {
      throw TurboJPEGError(call: "tjInitDecompress", reason: String(cString: tjGetErrorStr2(nil)))
    }
    self.decoder = decoder
  }

  deinit { tjDestroy(decoder) }

  private func requireHeader(_ shape: FeatureShape) throws {
    var (width, height, subsampling, colours): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    try check(
      tjDecompressHeader3(
        decoder, bytes, UInt(bytes.count), &width, &height, &subsampling, &colours),
      call: "tjDecompressHeader3")
    guard width > 0, height > 0 else {
      throw FileError.damaged(path: path, offset: nil, reason: "a JPEG file without an image")
    }
    guard width == shape.width, height == shape.height else {
      throw FileError.damaged(
        path: path, offset: nil,
        reason: """
          an image of \(width)×\(height) where \(shape.width)×\(shape.height) is expected \
          (width × height)
          """)
    }
    let known = [TJCS_RGB, TJCS_YCbCr, TJCS_GRAY].map { Int32($0.rawValue) }
    guard known.contains(colours) else {
      throw FileError.damaged(
        path: path, offset: nil, reason: "has CMYK colours where RGB or greyscale is expected")
    }
  }

  private func planes(_ shape: FeatureShape) throws -> [UInt8] {
    let channels = shape.channels
    var interleaved = [UInt8](repeating: 0, count: shape.count)
    try check(
      tjDecompress2(
        decoder, bytes, UInt(bytes.count), &interleaved, Int32(shape.width), 0,
        Int32(shape.height), Int32(TJPF_RGB.rawValue), Self.flags),
      call: "tjDecompress2")
    let positions = shape.height * shape.width
    return [UInt8](unsafeUninitializedCapacity: shape.count) { planes, count in
      for channel in 0..<channels {
        for position in 0..<positions {
          planes[channel * positions + position] = interleaved[position * channels + channel]
        }
      }
      count = shape.count
    }
  }

  /// Throws what libjpeg-turbo said of a call that did not return 0.
  private func check(_ code: Int32, call: String) throws {
    guard code != 0 else { return }
    let words = String(cString: tjGetErrorStr2(decoder))
    throw FileError.damaged(path: path, offset: nil, reason: "\(call) returned \(code): \(words)")
  }
}

/// A call of libjpeg-turbo that failed whatever the image.
struct TurboJPEGError: Error, CustomStringConvertible {
  let call: String
  let reason: String
  var description: String { "\(call): \(reason)" }
}
