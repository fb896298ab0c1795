import Foundation
import Storage
import TestSupport
import Testing

/// Tiny-ImageNet as scripts rearrange it.
@Suite struct RearrangedTinyImageNetTests {
  /// Where test images are.
  enum TestShape: CaseIterable { case official, inClass, inImages }

  private let data: TinyImageNet

  init() throws {
    data = try TinyImageNet()
    // Of a class with images of numbers of one and of two digits, and one between them of another
    // class.
    let classes = data.files.classes
    for (image, name) in [(10, classes[0]), (9, classes[2])] {
      try data.files.write(
        JPEGBytes.image(blue: UInt8(20 * image)), to: "val/images/val_\(image).JPEG")
      let annotations = try data.files.text(of: "val/val_annotations.txt")
      try data.files.write(
        text: annotations + "val_\(image).JPEG\t\(name)\t0\t0\t1\t1\n",
        to: "val/val_annotations.txt")
    }
  }

  @Test(
    "either shape of each part gives the same images in the same order",
    arguments: [true, false], TestShape.allCases)
  func sameImages(_ isTrainingOfficial: Bool, _ shape: TestShape) throws {
    let official = try data.load()
    if !isTrainingOfficial { try data.rearrangeTraining() }
    if shape != .official { try data.rearrangeTest(within: shape == .inImages) }
    let dataset = try data.load()
    #expect(dataset.test.labels == [0, 1, 2, 0, 1, 2, 2, 0])
    #expect(dataset.test.labels == official.test.labels)
    #expect(dataset.sha256 == official.sha256)
  }

  @Test(
    "without wnids.txt classes go by the code points of their names", arguments: TestShape.allCases)
  func withoutClassFile(_ shape: TestShape) throws {
    // Their names descend in wnids.txt.
    try data.files.write(
      text: data.files.classes.reversed().joined(separator: "\n"), to: "wnids.txt")
    let sorted = try data.load()
    try data.files.remove("wnids.txt")
    if shape != .official { try data.rearrangeTest(within: shape == .inImages) }
    let dataset = try data.load()
    #expect(dataset.classes == 3 && dataset.test.labels.prefix(3) == [2, 1, 0])
    #expect(dataset.sha256 == sorted.sha256)
  }

  @Test("what scripts leave after is no matter")
  func leftovers() throws {
    let hash = try data.load().sha256
    let annotations = try data.files.text(of: "val/val_annotations.txt")
    try data.rearrangeTraining()
    try data.rearrangeTest(within: false)
    try data.files.write(text: annotations, to: "val/val_annotations.txt")
    for folder in ["val/images", "train/\(data.files.classes[0])/images"] {
      try Folder.make("\(data.path)/\(folder)")
    }
    #expect(try data.load().sha256 == hash)
  }

  @Test("a part is a data set, too")
  func part() throws {
    try data.rearrangeTraining()
    try data.rearrangeTest(within: true)
    try data.files.remove("train/\(data.files.classes[1])")
    try data.files.remove("val/\(data.files.classes[0])")
    let dataset = try data.load()
    #expect(dataset.classes == 3)
    #expect(dataset.training.labels == [0, 0, 0, 0, 2, 2, 2, 2])
    #expect(dataset.test.labels == [1, 2, 1, 2, 2])
  }

  /// What is wrong in a folder, where that is said, and how.
  private static let mistakes:
    [(name: String, words: String, damage: @Sendable (TinyImageNet, String) throws -> Void)] = [
      (
        "train/CLASS", "images beside its folder images, and more in it",
        { try $0.files.write(JPEGBytes.image(), to: "train/\($1)/images/x.JPEG") }
      ),
      (
        "train/CLASS/notes.txt", "is no .JPEG",
        { try $0.files.write(text: "x", to: "train/\($1)/notes.txt") }
      ),
      (
        "val/CLASS/images", "holds no images",
        {
          try $0.files.remove("val/\($1)")
          try Folder.make("\($0.path)/val/\($1)")
        }
      ),
      (
        "val/n00000001", "is no class of wnids.txt",
        { data, _ in try data.files.write(JPEGBytes.image(), to: "val/n00000001/x.JPEG") }
      ),
      (
        "val/val_0.JPEG", "is no class of wnids.txt",
        { data, _ in try data.files.write(JPEGBytes.image(), to: "val/val_0.JPEG") }
      ),
      (
        "val/CLASS", "is no folder of a class",
        {
          try $0.files.remove("val/\($1)")
          try $0.files.write(JPEGBytes.image(), to: "val/\($1)")
        }
      ),
    ]

  @Test("what cannot be understood is damage, by its name", arguments: mistakes.indices)
  func mistake(_ index: Int) throws {
    let (name, words, damage) = Self.mistakes[index]
    let folder = data.files.classes[1]
    try data.rearrangeTraining()
    try data.rearrangeTest(within: false)
    try damage(data, folder)
    let message = try data.refusal(.badDataFile)
    let place = name.replacing("CLASS", with: folder)
    #expect(message.hasPrefix("\(data.path)/\(place): ") && message.contains(words), "\(message)")
  }

  @Test("images of both shapes in val are those with annotations")
  func bothShapes() throws {
    let hash = try data.load().sha256
    try data.files.write(
      JPEGBytes.image(), to: "val/\(data.files.classes[1])/val_1.JPEG")
    #expect(try data.load().sha256 == hash)
  }
}
