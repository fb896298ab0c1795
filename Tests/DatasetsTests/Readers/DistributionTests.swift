import Datasets
import Foundation
import Storage
import TestSupport
import Testing

/// What people give as `data.path` in place of the folder with the files.
@Suite struct DistributionTests {
  /// A data set, files below the folder that is given, and what is said then.
  struct Mistake: CustomTestStringConvertible {
    let dataset: String
    let files: [String]
    let words: [String]
    var testDescription: String { "\(dataset) where there is \(files)" }
  }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Requires that the data set `name` at `path` is refused as a user's mistake on one line.
  private func refusal(_ name: String, _ path: String) throws -> String {
    let error = try #require(throws: FileError.self) {
      try Dataset.load(name, path: path, cache: folder.path + "/cache")
    }
    #expect(error.exitCode == .missingInput)
    #expect(error.description.hasPrefix(path + ": ") && !error.description.contains("\n"))
    return error.description
  }

  private static let binary10 = "download cifar-10-binary.tar.gz, unpack it"
  private static let binary100 = "download cifar-100-binary.tar.gz, unpack it"

  @Test(
    "what the folder holds tells which one is wanted",
    arguments: [
      Mistake(
        dataset: "mnist", files: ["MNIST/raw/train-images-idx3-ubyte"],
        words: ["holds no train-images-idx3-ubyte.gz", "set data.path to {}/MNIST/raw"]),
      Mistake(
        dataset: "fashion-mnist", files: ["FashionMNIST/raw/train-images-idx3-ubyte"],
        words: ["set data.path to {}/FashionMNIST/raw"]),
      Mistake(
        dataset: "mnist", files: ["archive.zip"],
        words: [
          "the archive archive.zip", "unpack it and set data.path to the folder with its files",
        ]),
      Mistake(
        dataset: "cifar10",
        files: ["cifar-10-batches-bin/data_batch_1.bin", "cifar-10-binary.tar.gz"],
        words: ["holds no data_batch_1.bin", "set data.path to {}/cifar-10-batches-bin"]),
      Mistake(
        dataset: "cifar10", files: ["data_batch_1", "test_batch", "batches.meta"],
        words: [
          "data_batch_1, pickled for Python", binary10, "the folder cifar-10-batches-bin in it",
        ]),
      Mistake(
        dataset: "cifar10", files: ["cifar-10-batches-py/data_batch_1"],
        words: ["cifar-10-batches-py/data_batch_1, pickled", binary10]),
      Mistake(
        dataset: "cifar10", files: ["cifar-10-python.tar.gz"],
        words: ["the archive cifar-10-python.tar.gz", binary10]),
      Mistake(
        dataset: "cifar10", files: ["cifar-10-binary.tar.gz"],
        words: ["unpack it and set data.path to the folder cifar-10-batches-bin in it"]),
      Mistake(
        dataset: "cifar100", files: ["cifar-100-binary/train.bin"],
        words: ["holds no train.bin", "set data.path to {}/cifar-100-binary"]),
      Mistake(
        dataset: "cifar100", files: ["train", "test", "meta"],
        words: ["holds no train.bin, but train, pickled for Python", binary100]),
      Mistake(
        dataset: "tiny-imagenet", files: ["tiny-imagenet-200/wnids.txt"],
        words: ["holds no train", "set data.path to {}/tiny-imagenet-200"]),
      Mistake(
        dataset: "tiny-imagenet", files: ["tiny-imagenet-200.zip"],
        words: ["the archive tiny-imagenet-200.zip", "the folder tiny-imagenet-200 in it"]),
    ])
  func anotherFolder(_ mistake: Mistake) throws {
    let path = folder.path + "/given"
    for file in mistake.files {
      try Folder.make(((path + "/" + file) as NSString).deletingLastPathComponent)
      try folder.write([1], to: "given/\(file)")
    }
    let message = try refusal(mistake.dataset, path)
    #expect(try DatasetSize.of(mistake.dataset, path: path).source == .known)
    for words in mistake.words {
      #expect(message.contains(words.replacing("{}", with: path)), "\(message)")
    }
  }

  @Test(
    "a file in the folder's place is told what it is",
    arguments: [
      (
        "cifar10", "cifar-10-python.tar.gz", "is an archive; the binary version is wanted: download"
      ),
      (
        "cifar100", "cifar-100-binary.tar.gz",
        "unpack it and set data.path to the folder cifar-100-b"
      ),
      ("tiny-imagenet", "Tiny-ImageNet-200.ZIP", "is an archive; unpack it and set data.path"),
      ("mnist", "archive.zip", "is an archive; unpack it and set data.path to the folder with its"),
      (
        "mnist", "train-images-idx3-ubyte.gz",
        "is a file; set data.path to the folder with the files"
      ),
    ])
  func file(_ dataset: String, _ name: String, _ words: String) throws {
    let path = try folder.write([1], to: name)
    #expect(try refusal(dataset, path).contains(words))
  }

  @Test(
    "a folder that may not be entered is not missing",
    arguments: ["mnist", "cifar10", "tiny-imagenet"])
  func refused(_ dataset: String) throws {
    let cache = folder.path + "/cache"
    try Folder.make(cache)
    #expect(chmod(cache, 0o777) == 0)
    for permissions in [mode_t(0), 0o600] {
      let path = folder.path + "/\(permissions)"
      try Folder.make(path + "/train")
      #expect(chmod(path, permissions) == 0)
      defer { chmod(path, 0o700) }
      let error = try OtherUser.perform {
        try #require(throws: FileError.self) {
          try Dataset.load(dataset, path: path, cache: cache)
        }
      }
      #expect(error.exitCode == .inputOutput, "\(error)")
      #expect(error.description.hasPrefix(path) && error.description.contains("Permission denied"))
      #expect(error.description.contains("let user "), "\(error)")
    }
  }
}
