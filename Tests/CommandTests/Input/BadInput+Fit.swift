import Foundation
import TestSupport

extension BadInput {
  /// Networks and images that do not fit.
  static let fits = [
    BadInput(setting: "network.name=resnet18", "resnet18 takes colour", "28×28", "lenet5"),
    BadInput(setting: "network.name=vgg16", "32×32 or more", "28×28", "lenet300-100"),
    BadInput(
      "network.name=lenet5 on CIFAR-10", .badConfiguration, "lenet5", "cifar10", "32×32", "resnet20"
    ) { run in
      for name in ["data_batch_1.bin", "test_batch.bin"] {
        let records = [UInt8](repeating: 0, count: 20 * 3073)
        try Data(records).write(to: URL(fileURLWithPath: "\(run.data)/\(name)"))
      }
      return run.flags(["network.name=lenet5", "data.name=cifar10"])
    },
    BadInput("one class", .badConfiguration, "tiny-imagenet has 1 class") { run in
      let images = try run.tinyImageNet()
      let name = images.files.classes[0]
      for other in images.files.classes.dropFirst() { try images.files.remove("train/\(other)") }
      try images.files.write(text: name, to: "wnids.txt")
      try images.files.write(
        text: (0..<6).map { "val_\($0).JPEG\t\(name)\n" }.joined(), to: "val/val_annotations.txt")
      return run.flags(images.list) + ["--quiet"]
    },
  ]
}
