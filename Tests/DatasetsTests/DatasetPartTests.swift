import Datasets
import Foundation
import TestSupport
import Testing

/// A part of a data set is announced.
@Suite struct DatasetPartTests {
  private func notices(_ name: String, _ path: String, cache: String = "") throws -> [String] {
    var notices: [String] = []
    _ = try Dataset.load(name, path: path, cache: cache) { notices.append($0) }
    return notices
  }

  @Test("which batches of how many are there, and how many classes and images")
  func cifar10() throws {
    let folder = try CIFARFolder(.cifar10)
    let images = "of 50,000 training images, 5 of 10,000 test images"
    #expect(
      try notices("cifar10", folder.path) == [
        "cifar10: a part: data_batch_1 and data_batch_2 of 5, 6 of 10 classes, 10 \(images)"
      ])
    try folder.rename("data_batch_2.bin", to: "data_batch_4.bin")
    for batch in [3, 5] {
      try folder.write(folder.bytes(of: "data_batch_1.bin"), to: "data_batch_\(batch).bin")
    }
    #expect(
      try notices("cifar10", folder.path).first?.hasPrefix(
        "cifar10: a part: data_batch_1, data_batch_3, data_batch_4 and data_batch_5 of 5, ") == true
    )
    try folder.write(folder.bytes(of: "data_batch_1.bin"), to: "data_batch_2.bin")
    #expect(
      try notices("cifar10", folder.path) == ["cifar10: a part: 6 of 10 classes, 25 \(images)"])
  }

  @Test("classes of Tiny-ImageNet are counted by their training images")
  func tinyImageNet() throws {
    let data = try TinyImageNet()
    try data.files.remove("train/\(data.files.classes[0])")
    let notices = try notices("tiny-imagenet", data.path, cache: data.cache)
    #expect(notices.count == 2)
    #expect(
      notices.last == """
        tiny-imagenet: a part: 2 of 200 classes, 8 of 100,000 training images, \
        6 of 10,000 test images
        """)
  }

  @Test("what is whole is not spoken of")
  func whole() throws {
    let folder = try TemporaryFolder()
    try IDXBytes.write(to: folder, training: 60_000, test: 10_001, side: 1)
    #expect(try notices("mnist", folder.path) == [])
    try IDXBytes.write(to: folder, training: 60_000, test: 9999, side: 1)
    #expect(
      try notices("mnist", folder.path) == ["mnist: a part: 9,999 of 10,000 test images"])
  }
}
