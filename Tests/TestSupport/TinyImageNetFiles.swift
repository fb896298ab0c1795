import Foundation

/// Small data sets in Tiny-ImageNet's layout, made up.
package struct TinyImageNetFiles: Sendable {
  /// Where it lies.
  package let path: String
  /// The classes in the order of `wnids.txt`, which is not that of their names.
  package let classes: [String]

  /// A data set of `classes` classes with `training` images each and `test` images in all. Every
  /// image is another: images of a class are alike, and every fifth is greyscale.
  package init(path: String, classes: Int = 3, training: Int = 4, test: Int = 6) throws {
    self.path = path
    self.classes = (0..<classes).map { "n\(90_000_000 - $0)" }
    try write(text: self.classes.joined(separator: "\n") + "\n", to: "wnids.txt")
    for (label, name) in self.classes.enumerated() {
      for image in 0..<training {
        try write(
          Self.image(label: label, image), to: "train/\(name)/images/\(name)_\(image).JPEG")
      }
      try write(text: "\(name)_0.JPEG\t0\t0\t63\t63\n", to: "train/\(name)/\(name)_boxes.txt")
    }
    var annotations = ""
    for image in 0..<test {
      let label = image % classes
      try write(Self.image(label: label, 100 + image), to: "val/images/val_\(image).JPEG")
      annotations += "val_\(image).JPEG\t\(self.classes[label])\t0\t0\t63\t63\n"
    }
    try write(text: annotations, to: "val/val_annotations.txt")
  }

  private static func image(label: Int, _ image: Int) throws -> [UInt8] {
    let isGrey = image % 5 == 1
    var random = SeededRandom(seed: UInt64(1000 * label + image))
    let pixels = (0..<64 * 64).flatMap { pixel -> [UInt8] in
      let isBright = pixel / 64 / 8 == label
      return (0..<(isGrey ? 1 : 3)).map { _ in
        .random(in: isBright ? 150...255 : 0...100, using: &random)
      }
    }
    return try JPEGBytes.compressed(pixels, width: 64, height: 64, isGrey ? .greyscale : .colour)
  }

  /// Writes the file `name`, and the folders it needs.
  package func write(_ bytes: [UInt8], to name: String) throws {
    let file = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  /// Writes a text to the file `name`.
  package func write(text: String, to name: String) throws {
    try write(Array(text.utf8), to: name)
  }

  /// The file `name` as a text.
  package func text(of name: String) throws -> String {
    try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
  }

  /// Removes the file or folder `name`.
  package func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: "\(path)/\(name)")
  }
}
