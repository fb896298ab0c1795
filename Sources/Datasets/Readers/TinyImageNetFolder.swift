import Storage
import Tensors

/// Tiny-ImageNet as it is distributed (Le, Yang: "Tiny ImageNet visual recognition challenge",
/// Stanford CS 231N, 2015): `wnids.txt` with a class on each line, `train/CLASS/images` with the
/// images of a class, `val/images` with those to test with, whose classes `val/val_annotations.txt`
/// tells. `test` has no labels and is left alone. Or as scripts rearrange it: with images in
/// `train/CLASS`, in `val/CLASS` or in `val/CLASS/images`. The same images come in the same order
/// either way, as long as the classes do.
///
/// Any part of it is a data set. A class is its line in `wnids.txt`, so labels mean the same in
/// every part; without that file classes go by the code points of their names. A class without a
/// folder has no training images, and an annotation without an image counts for nothing. Whatever
/// is there must be understood, though: nothing is passed over.
struct TinyImageNetFolder {
  private static let shape = FeatureShape(channels: 3, height: 64, width: 64)
  private static let classFile = "wnids.txt"
  /// What there may be.
  static let wanted = """
    wanted are train/CLASS/images or train/CLASS, and val/images with val_annotations.txt or val/CLASS
    """

  let folder: DataFolder
  let classes: ClassNames
  private let training: Set<String>
  let test: TinyImageNetTest

  /// The images of the data set in the folder `path`, in an order that depends on names alone.
  /// - Throws: `FileError`.
  static func listing(name: String, path: String) throws -> ImageListing {
    let folder = try TinyImageNetFolder(name: name, path: path)
    return try ImageListing(
      name: name, folder: path, classNames: folder.classes.names, shape: shape,
      training: folder.trainingEntries(), test: folder.testEntries())
  }

  private init(name: String, path: String) throws {
    folder = try DataFolder(path, of: name)
    training = Set(try Folder.names(in: try folder.folder("train")))
    let listed = try folder.optionalFile([Self.classFile]).map(ClassNames.init(file:))
    test = try TinyImageNetTest(folder)
    classes = listed ?? ClassNames(sorting: training.union(test.classes))
  }

  /// Class by class, in their order.
  private func trainingEntries() throws -> [ImageListing.Entry] {
    for name in training.sorted() { _ = try label(ofFolder: "train", name) }
    guard !training.isEmpty else {
      throw FileError.missing(
        path: "\(folder.path)/train/\(classes.names.first ?? "CLASS")",
        remedy: "set data.path to a folder with images of a class to train on")
    }
    return try classes.names.enumerated().filter { training.contains($0.element) }
      .flatMap { label, name in
        try images(ofClass: "train/\(name)").map {
          ImageListing.Entry(file: $0, label: Int32(label))
        }
      }
  }

  /// The label that the folder `part/name` stands for.
  /// - Throws: `FileError.damaged` where it is none.
  func label(ofFolder part: String, _ name: String) throws -> Int32 {
    guard let label = classes[name] else {
      throw FileError.damaged(
        path: "\(folder.path)/\(part)/\(name)", offset: nil,
        reason: "is no class of \(Self.classFile); \(Self.wanted)")
    }
    return label
  }
}

extension TinyImageNetFolder {
  /// The data set in this format. (Le, Yang: "Tiny ImageNet visual recognition challenge", 2015.)
  static let formats = [
    DataFormat(
      "tiny-imagenet", shape: FeatureShape(channels: 3, height: 64, width: 64), classes: 200,
      training: 100_000, test: 10_000,
      remedy: "set data.path to Tiny-ImageNet's folder (tiny-imagenet-200)",
      distribution: Distribution(
        folders: ["tiny-imagenet-200"], folder: "tiny-imagenet-200",
        archive: "tiny-imagenet-200.zip"),
      loading: .decode(listing))
  ]
}
