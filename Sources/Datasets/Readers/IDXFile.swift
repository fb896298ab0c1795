import Storage
import Tensors

/// The IDX format of MNIST (LeCun, Cortes, Burges: "The MNIST database of handwritten digits"): two
/// zero bytes, the element type (8 = byte), the number of axes, each axis as a big-endian 32-bit
/// number, then the elements.
enum IDXFile {
  /// MNIST's layout: four files, gzipped or not, 10 classes.
  static func dataset(name: String, path: String) throws -> Dataset {
    let classes = 10
    let folder = try DataFolder(path, of: name)
    let training = try images(folder, "train", classes: classes)
    let test = try images(folder, "t10k", classes: classes)
    guard training.shape == test.shape else {
      throw FileError.damaged(
        path: path, offset: nil,
        reason: """
          training images of \(training.shape.height)×\(training.shape.width), \
          test images of \(test.shape.height)×\(test.shape.width)
          """)
    }
    return try Dataset(
      name: name, classNames: name == "fashion-mnist" ? clothes : (0..<classes).map(String.init),
      training: training, test: test)
  }

  private static func images(
    _ folder: DataFolder, _ prefix: String, classes: Int
  ) throws -> ImageSet {
    let imagePath = try folder.file(names("\(prefix)-images", "idx3-ubyte"))
    let labelPath = try folder.file(names("\(prefix)-labels", "idx1-ubyte"))
    let (imageAxes, pixels) = try elements(imagePath, axes: 3)
    let (labelAxes, labels) = try elements(labelPath, axes: 1)
    guard imageAxes[0] == labelAxes[0] else {
      throw FileError.damaged(
        path: labelPath, offset: 4, reason: "\(labelAxes[0]) labels for \(imageAxes[0]) images")
    }
    if let image = labels.firstIndex(where: { $0 >= classes }) {
      throw FileError.damaged(
        path: labelPath, offset: 8 + image,
        reason: "label \(labels[image]) of image \(image) where classes are 0 to \(classes - 1)")
    }
    return ImageSet(
      shape: FeatureShape(channels: 1, height: imageAxes[1], width: imageAxes[2]), pixels: pixels,
      labels: labels.map(Int32.init))
  }

  /// The names of a file, the likelier first: with a dot it comes from Kaggle and out of 7-Zip.
  private static func names(_ content: String, _ type: String) -> [String] {
    ["-", "."].flatMap { ["\(content)\($0)\(type).gz", "\(content)\($0)\(type)"] }
  }

  /// No real file of images of digits or clothes comes near these, and they fit any memory; a
  /// header that announces more is damaged.
  private static let (mostImages, mostElements) = (1 << 20, 1 << 28)

  static func elements(_ path: String, axes count: Int) throws -> (axes: [Int], elements: [UInt8]) {
    let file = try InflatedFile(path)
    let magic = try file.read(4)
    guard magic == [0, 0, 8, UInt8(count)] else {
      throw FileError.damaged(
        path: path, offset: 0,
        reason: """
          starts with bytes \(magic.map(String.init).joined(separator: " ")), \
          an IDX file of \(count) axes of bytes with 0 0 8 \(count)
          """)
    }
    let header = try file.read(4 * count)
    let axes = (0..<count).map { axis in
      header[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    let (size, overflow) = axes.reduce((1, false)) { product, axis in
      let (value, overflow) = product.0.multipliedReportingOverflow(by: axis)
      return (value, product.1 || overflow)
    }
    guard !overflow, size > 0, axes[0] <= mostImages, size <= mostElements else {
      throw FileError.damaged(
        path: path, offset: 4,
        reason: """
          the header announces \(axes) elements where 1 to \(mostImages) images of at most \
          \(mostElements) bytes in all are read
          """)
    }
    let elements = try file.read(size)
    try file.requireEnd()
    return (axes, elements)
  }
}

extension IDXFile {
  private static let shape = FeatureShape(channels: 1, height: 28, width: 28)

  /// The classes of Fashion-MNIST, as its authors call them.
  private static let clothes = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
    "Ankle boot",
  ]

  /// The data sets in this format. (LeCun, Cortes, Burges: "The MNIST database of handwritten
  /// digits", 1998; Xiao, Rasul, Vollgraf: "Fashion-MNIST", 2017.)
  static let formats = [
    DataFormat(
      "fashion-mnist", shape: shape, classes: 10, training: 60_000, test: 10_000,
      defaultPath: "/usr/share/datasets/fashion-mnist",
      remedy: "install Debian's package dataset-fashion-mnist or set data.path to its folder",
      distribution: Distribution(folders: ["FashionMNIST/raw", "raw", "FashionMNIST"]),
      loading: .read(dataset)),
    DataFormat(
      "mnist", shape: shape, classes: 10, training: 60_000, test: 10_000,
      remedy: "set data.path to the folder with MNIST's four files (train-images-idx3-ubyte.gz, …)",
      distribution: Distribution(folders: ["MNIST/raw", "raw", "MNIST"]),
      loading: .read(dataset)),
  ]
}
