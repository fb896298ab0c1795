import CTurboJPEG

/// JPEG images made up by tests, compressed by libjpeg-turbo at its best quality.
package enum JPEGBytes {
  /// What colours are stored as.
  package enum Colours: CaseIterable, Sendable {
    case colour, greyscale, cmyk
  }

  /// A call of libjpeg-turbo that failed.
  struct Failure: Error { let reason: String }

  /// A smooth image: red rises with the row, green with the column, blue is `blue`; greyscale has
  /// only what rises with the row.
  package static func image(
    width: Int = 64, height: Int = 64, blue: UInt8 = 0, _ colours: Colours = .colour
  ) throws -> [UInt8] {
    let pixels = (0..<height).flatMap { row in
      (0..<width).flatMap { column -> [UInt8] in
        let (red, green) = (UInt8(3 * row % 256), UInt8(3 * column % 256))
        return switch colours {
        case .colour: [red, green, blue]
        case .greyscale: [red]
        case .cmyk: [red, green, blue, 0]
        }
      }
    }
    return try compressed(pixels, width: width, height: height, colours)
  }

  /// The JPEG of `pixels`, `[row][column][colour]`.
  package static func compressed(
    _ pixels: [UInt8], width: Int, height: Int, _ colours: Colours = .colour
  ) throws -> [UInt8] {
    let (format, subsampling) =
      switch colours {
      case .colour: (TJPF_RGB, TJSAMP_444)
      case .greyscale: (TJPF_GRAY, TJSAMP_GRAY)
      case .cmyk: (TJPF_CMYK, TJSAMP_444)
      }
    guard let compressor = tjInitCompress() else {
      throw Failure(reason: String(cString: tjGetErrorStr2(nil)))
    }
    defer { tjDestroy(compressor) }
    var bytes: UnsafeMutablePointer<UInt8>?
    defer { tjFree(bytes) }
    var count: UInt = 0
    guard
      tjCompress2(
        compressor, pixels, Int32(width), 0, Int32(height), Int32(format.rawValue), &bytes, &count,
        Int32(subsampling.rawValue), 100, TJFLAG_ACCURATEDCT) == 0
    else { throw Failure(reason: String(cString: tjGetErrorStr2(compressor))) }
    return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
  }
}
