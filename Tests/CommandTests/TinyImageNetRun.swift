import Foundation
import TestSupport

extension SmallRun {
  /// Settings that make it a run of ResNet-20 on made-up images in Tiny-ImageNet's layout, which
  /// this writes, with a folder for decoded images beside them.
  func tinyImageNet(training: Int = 4, test: Int = 6) throws -> TinyImageNetSettings {
    let files = try TinyImageNetFiles(
      path: "\(data)/tiny-imagenet-200", training: training, test: test)
    return TinyImageNetSettings(files: files, cache: "\(data)/cache")
  }
}

/// What `SmallRun.tinyImageNet` has written, and how to use it.
struct TinyImageNetSettings {
  let files: TinyImageNetFiles
  let cache: String

  /// For `--set`.
  var list: [String] {
    [
      "network.name=resnet20", "data.name=tiny-imagenet", "data.path=\(files.path)",
      "data.cache=\(cache)", "data.validation=3", "training.batch=48", "pruning.samples=10",
    ]
  }
}
