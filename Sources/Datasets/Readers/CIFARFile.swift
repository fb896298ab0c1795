import Storage
import Tensors

/// The binary format of CIFAR (Krizhevsky: "Learning multiple layers of features from tiny images",
/// 2009): records of label bytes, then the 3072 bytes of an image,
/// `[red, green, blue][row][column]`.
///
/// Any part of the official files is a data set: the batches that are there, as many records as
/// they hold.
enum CIFARFile {
  /// Where the two differ.
  private struct Layout {
    /// Bytes in front of a record's pixels; the last of them is the class.
    let labelBytes: Int
    /// A file with the name of a class on each line.
    let nameFile: String
    /// How many there are where that file is not.
    let classes: Int
  }

  private static let shape = FeatureShape(channels: 3, height: 32, width: 32)

  /// CIFAR-10: one label byte; `data_batch_1.bin`, … and `test_batch.bin`.
  /// - Throws: `FileError`.
  static func ten(name: String, path: String) throws -> Dataset {
    let folder = try DataFolder(path, of: name)
    let batches = try folder.files(numberedBetween: "data_batch_", ".bin")
    var dataset = try dataset(
      name, folder, Layout(labelBytes: 1, nameFile: "batches.meta.txt", classes: 10),
      training: batches, test: try folder.file("test_batch.bin"))
    dataset.trainingFiles = Dataset.TrainingFiles(files: batches, published: 5)
    return dataset
  }

  /// CIFAR-100: a byte for one of 20 superclasses, which is not used, and one for one of 100
  /// classes; `train.bin` and `test.bin`.
  /// - Throws: `FileError`.
  static func hundred(name: String, path: String) throws -> Dataset {
    let folder = try DataFolder(path, of: name)
    return try dataset(
      name, folder, Layout(labelBytes: 2, nameFile: "fine_label_names.txt", classes: 100),
      training: [try folder.file("train.bin")], test: try folder.file("test.bin"))
  }

  private static func dataset(
    _ name: String, _ folder: DataFolder, _ layout: Layout, training: [String], test: String
  ) throws -> Dataset {
    let names =
      try folder.optionalFile([layout.nameFile]).map(classNames)
      ?? (0..<layout.classes).map(String.init)
    return try Dataset(
      name: name, classNames: names,
      training: images(training, labelBytes: layout.labelBytes, classes: names.count),
      test: images([test], labelBytes: layout.labelBytes, classes: names.count))
  }

  private static func images(
    _ paths: [String], labelBytes: Int, classes: Int
  ) throws -> ImageSet {
    // All are measured before one is read, so that the pixels are in memory once, and not at all
    // where a file cannot be right.
    let recordSize = labelBytes + shape.count
    let counts = try paths.map { try count(InflatedFile($0), recordSize: recordSize) }
    var (pixels, labels): ([UInt8], [Int32]) = ([], [])
    pixels.reserveCapacity(counts.reduce(0, +) * shape.count)
    labels.reserveCapacity(counts.reduce(0, +))
    for (path, count) in zip(paths, counts) {
      let file = try InflatedFile(path)
      for image in 0..<count {
        let record = try file.read(recordSize)
        let label = record[labelBytes - 1]
        guard label < classes else {
          throw FileError.damaged(
            path: path, offset: image * recordSize + labelBytes - 1,
            reason: "label \(label) of image \(image) where classes are 0 to \(classes - 1)")
        }
        labels.append(Int32(label))
        pixels += record.dropFirst(labelBytes)
      }
      try file.requireEnd()
    }
    return ImageSet(shape: shape, pixels: pixels, labels: labels, normalisation: .imageNet)
  }

  /// Four times as many as CIFAR has in all; a file of more is no part of it.
  private static let mostImages = 200_000

  /// The records of `file`, by its size.
  private static func count(_ file: InflatedFile, recordSize: Int) throws -> Int {
    let most = mostImages * recordSize
    let size = try file.measure(most: most)
    guard size <= most else {
      throw FileError.damaged(
        path: file.path, offset: nil,
        reason: "has more than the \(mostImages) images (\(most) bytes) that are read of a file")
    }
    let rest = size % recordSize
    guard size > 0, rest == 0 else {
      throw FileError.damaged(
        path: file.path, offset: size,
        reason: """
          the file ends within image \(size / recordSize), \(recordSize - rest) bytes are missing
          """)
    }
    return size / recordSize
  }

  /// Lines that are not blank: the classes.
  private static func classNames(_ path: String) throws -> [String] {
    let lines = try InputFile.lines(of: path)
    guard (1...256).contains(lines.count) else {
      throw FileError.damaged(
        path: path, offset: nil,
        reason: "names \(lines.count) classes where a label byte tells 1 to 256 apart")
    }
    return lines.map { String($0.text) }
  }
}

extension CIFARFile {
  /// The data sets in this format. (Krizhevsky: "Learning multiple layers of features from tiny
  /// images", 2009.)
  static let formats = [
    DataFormat(
      "cifar10", shape: shape, classes: 10, training: 50_000, test: 10_000,
      remedy: "set data.path to the folder with CIFAR-10's binary files (data_batch_1.bin, …)",
      distribution: Distribution(
        folders: ["cifar-10-batches-bin"],
        pickles: ["data_batch_1", "test_batch", "cifar-10-batches-py/data_batch_1"],
        folder: "cifar-10-batches-bin", archive: "cifar-10-binary.tar.gz"),
      loading: .read(ten)),
    DataFormat(
      "cifar100", shape: shape, classes: 100, training: 50_000, test: 10_000,
      remedy: "set data.path to the folder with CIFAR-100's binary files (train.bin, test.bin)",
      distribution: Distribution(
        folders: ["cifar-100-binary"], pickles: ["train", "test", "cifar-100-python/train"],
        folder: "cifar-100-binary", archive: "cifar-100-binary.tar.gz"),
      loading: .read(hundred)),
  ]
}
