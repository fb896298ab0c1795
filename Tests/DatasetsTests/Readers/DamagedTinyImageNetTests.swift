import Datasets
import Foundation
import Storage
import TestSupport
import Testing

@Suite struct DamagedTinyImageNetTests {
  private let data: TinyImageNet

  init() throws { data = try TinyImageNet() }

  /// Requires a refusal of the file `name` whose message has `parts`.
  private func expectDamage(_ name: String, _ parts: String...) throws {
    let message = try data.refusal(.badDataFile)
    #expect(message.hasPrefix("\(data.path)/\(name): "), "\(message)")
    for part in parts { #expect(message.contains(part), "\(message) lacks \(part)") }
  }

  @Test("an image cut off anywhere is damaged", arguments: [0, 1, 2, 20, 300, 600])
  func truncated(_ count: Int) throws {
    let bytes = try JPEGBytes.image()
    #expect(bytes.count > 700)
    try data.files.write(Array(bytes.prefix(count)), to: data.image(1))
    try expectDamage(data.image(1), count == 2 || count == 20 ? "without an image" : "tj")
  }

  @Test("an image whose end alone is missing is damaged", arguments: [1, 2, 10])
  func truncatedAtTheEnd(_ missing: Int) throws {
    try data.files.write(JPEGBytes.image().dropLast(missing), to: "val/images/val_3.JPEG")
    try expectDamage("val/images/val_3.JPEG", "tjDecompress2", "Premature end of JPEG file")
  }

  @Test("a file that is no JPEG is damaged")
  func noJPEG() throws {
    try data.files.write(text: "GIF89a and so on", to: data.image(2))
    try expectDamage(data.image(2), "Not a JPEG file")
  }

  @Test(
    "an image of another size is damaged, and both sizes told",
    arguments: [(63, 64), (64, 65), (32, 32), (2000, 2000)])
  func size(_ width: Int, _ height: Int) throws {
    try data.files.write(JPEGBytes.image(width: width, height: height), to: data.image(0))
    try expectDamage(data.image(0), "\(width)×\(height)", "64×64")
  }

  @Test("a header that announces a huge image is refused before anything is decoded")
  func hugeHeader() throws {
    var bytes = try JPEGBytes.image()
    let start = try #require(
      (0..<bytes.count - 9).first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
    bytes.replaceSubrange(start + 5..<start + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
    try data.files.write(bytes, to: data.image(0))
    try expectDamage(data.image(0), "65500×65500")
  }

  @Test("CMYK is refused by its name")
  func cmyk() throws {
    try data.files.write(JPEGBytes.image(.cmyk), to: data.image(0))
    try expectDamage(data.image(0), "CMYK")
  }

  @Test("an image that lacks its tables does not get those of another")
  func noTables() throws {
    let bytes = try JPEGBytes.image()
    // Segments 0xDB are quantisation tables: marker, two bytes of length, content.
    var (stripped, place) = (Array(bytes.prefix(2)), 2)
    while bytes[place + 1] != 0xDA {
      let end = place + 2 + Int(bytes[place + 2]) << 8 + Int(bytes[place + 3])
      if bytes[place + 1] != 0xDB { stripped += bytes[place..<end] }
      place = end
    }
    try data.files.write(stripped + bytes[place...], to: "val/images/val_5.JPEG")
    try expectDamage("val/images/val_5.JPEG", "uantization table")
  }

  @Test("an image of more than 16 MiB is refused without being decoded")
  func tooLong() throws {
    try data.files.write(
      JPEGBytes.image() + [UInt8](repeating: 0, count: 1 << 24), to: data.image(0))
    try expectDamage(data.image(0), "16777216")
  }

  @Test("a class folder without images is damaged", arguments: [true, false])
  func emptyClass(_ hasFolder: Bool) throws {
    let images = "train/\(data.files.classes[1])/images"
    try data.files.remove(images)
    if hasFolder { try Folder.make("\(data.path)/\(images)") }
    try expectDamage(images, "holds no images")
  }

  @Test("a folder in an image's place, and what is no image by its name, are damage")
  func strangers() throws {
    let images = "train/\(data.files.classes[1])/images"
    try Folder.make("\(data.path)/\(images)/x.JPEG")
    try expectDamage("\(images)/x.JPEG", "is a folder where a file is wanted")
    try data.files.remove("\(images)/x.JPEG")
    try data.files.write([1], to: "\(images)/x.png")
    try expectDamage("\(images)/x.png", "is no .JPEG")
  }

  @Test("a class folder that wnids.txt does not name is damage")
  func unknownFolder() throws {
    try data.files.write(JPEGBytes.image(), to: "train/n00000001/images/n00000001_0.JPEG")
    try expectDamage("train/n00000001", "is no class of wnids.txt")
  }

  @Test("a test image without an annotation is damage, by its name")
  func noAnnotation() throws {
    try data.files.write(JPEGBytes.image(), to: "val/images/val_77.JPEG")
    try expectDamage("val/images/val_77.JPEG", "has no line in val/val_annotations.txt")
  }

  @Test(
    "annotations that cannot be right are damage, by their line",
    arguments: [
      ("val_9.JPEG\tn12345678\t0\t0\t1\t1", "n12345678 is no class of wnids.txt"),
      ("val_9.JPEG", "no class behind a tab"),
      ("val_9.JPEG n90000000 0 0 1 1", "no class behind a tab"),
      ("val_0.JPEG\tn90000000\t0\t0\t1\t1", "val_0.JPEG a second time"),
    ])
  func annotation(_ line: String, _ reason: String) throws {
    let text = try data.files.text(of: "val/val_annotations.txt")
    try data.files.write(text: text + "\n" + line + "\n", to: "val/val_annotations.txt")
    try expectDamage("val/val_annotations.txt", "line 8: \(reason)")
  }

  @Test(
    "classes that cannot be right are damage, by their line",
    arguments: [
      ("n90000001", "n90000001 is class 0 already"), ("a b", "no name of a class"),
      ("../train", "no name of a class"), ("..", "no name of a class"),
    ])
  func classes(_ line: String, _ reason: String) throws {
    try data.files.write(text: "n90000001\nn90000000\n\n\(line)\n", to: "wnids.txt")
    try expectDamage("wnids.txt", "line 4: ", reason)
  }

  @Test("no classes are damage", arguments: ["", "\n \n"])
  func noClasses(_ text: String) throws {
    try data.files.write(text: text, to: "wnids.txt")
    try expectDamage("wnids.txt", "names no class")
  }

  @Test(
    "lists that are no text are damage", arguments: ["wnids.txt", "val/val_annotations.txt"])
  func noText(_ name: String) throws {
    try data.files.write([0x6E, 0xC3, 0x28, 0x0A], to: name)
    try expectDamage(name, "UTF-8")
  }

  @Test("no test images are damage")
  func noTestImages() throws {
    try data.files.remove("val/images")
    try expectDamage("val/images", "holds no images")
  }

  @Test(
    "what is not there is missed by its name, with a remedy",
    arguments: ["train", "val", "val/val_annotations.txt"])
  func missing(_ name: String) throws {
    try data.files.remove(name)
    let message = try data.refusal(.missingInput)
    #expect(message.contains("\(data.path)/\(name): not found") && message.contains("data.path"))
  }

  @Test("training folders that are all away are missed")
  func noTraining() throws {
    for name in data.files.classes { try data.files.remove("train/\(name)") }
    #expect(try data.refusal(.missingInput).contains("train/\(data.files.classes[0])"))
  }

  @Test("a folder that is none is missing input")
  func noFolder() throws {
    for path in [data.path + "/none", data.path + "/wnids.txt"] {
      let error = try #require(throws: FileError.self) {
        try Dataset.load("tiny-imagenet", path: path, cache: data.cache)
      }
      #expect(error.exitCode == .missingInput && error.description.hasPrefix(path))
    }
  }

  @Test("bytes changed at random are damage, or an image")
  func corruption() throws {
    let seed = SeededRandom.printedSeed()
    var random = SeededRandom(seed: seed)
    let original = try JPEGBytes.image()
    for _ in 0..<60 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      try data.files.write(bytes, to: data.image(0))
      do {
        #expect(try data.load().training.count == 12, "seed \(seed)")
      } catch let error as FileError {
        #expect(error.exitCode == .badDataFile, "seed \(seed)")
        #expect(error.description.contains(data.image(0)), "seed \(seed)")
      }
    }
  }
}
