import Foundation
import Outcomes
import Storage
import TestSupport

extension BadInput {
  /// A run on Tiny-ImageNet with something wrong in its folder.
  private init(
    tinyImageNet description: String, _ code: ExitCode, _ words: String...,
    damage: @escaping @Sendable (TinyImageNetFiles) throws -> Void
  ) {
    self.init(
      testDescription: description, code: code, words: words,
      arguments: { run in
        let images = try run.tinyImageNet()
        try damage(images.files)
        return run.flags(images.list) + ["--quiet"]
      })
  }

  static let tinyImageNet = [
    BadInput(tinyImageNet: "an image cut off", .badDataFile, "val_5.JPEG", "Premature end") {
      try $0.write(JPEGBytes.image().dropLast(100), to: "val/images/val_5.JPEG")
    },
    BadInput(tinyImageNet: "an image of another size", .badDataFile, "_3.JPEG", "32×32", "64×64") {
      let name = $0.classes[0]
      try $0.write(
        JPEGBytes.image(width: 32, height: 32), to: "train/\(name)/images/\(name)_3.JPEG")
    },
    BadInput(tinyImageNet: "a missing annotation", .badDataFile, "val_6.JPEG", "has no line") {
      try $0.write(JPEGBytes.image(), to: "val/images/val_6.JPEG")
    },
    BadInput(tinyImageNet: "an empty class", .badDataFile, "/images: ", "holds no images") {
      let images = "train/\($0.classes[2])/images"
      try $0.remove(images)
      try Folder.make("\($0.path)/\(images)")
    },
    BadInput(tinyImageNet: "no folder train", .missingInput, "/train: not found", "data.path") {
      try $0.remove("train")
    },
    BadInput(tinyImageNet: "a class twice", .badDataFile, "wnids.txt: line 4", "already") {
      try $0.write(text: try $0.text(of: "wnids.txt") + $0.classes[1], to: "wnids.txt")
    },
    BadInput("a cache below a file", .inputOutput, "train-labels", "data.cache") { run in
      let settings = try run.tinyImageNet().list
      return run.flags(settings + ["data.cache=\(run.data)/train-labels-idx1-ubyte/cache"])
    },
  ]
}
