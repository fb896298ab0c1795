import Foundation
import Storage

extension Dataset {
  /// The files of the training images of a data set that has several of them.
  struct TrainingFiles: Sendable {
    /// Those that are there.
    let files: [String]
    /// How many are published.
    let published: Int

    /// Which of how many; nil where none is missing.
    var part: String? {
      guard files.count < published else { return nil }
      let names = files.map {
        (PathName.last(of: $0) as NSString).deletingPathExtension
      }
      let last = names.suffix(2).joined(separator: " and ")
      return (names.dropLast(2) + [last]).joined(separator: ", ") + " of \(published)"
    }
  }

  /// Which part of the published data set this is, on one line; nil where it is the whole.
  var part: String? {
    guard let known = DataFormat.named(name)?.published else { return nil }
    func share(_ count: Int, of published: Int, _ what: String) -> String? {
      count < published ? "\(Self.grouped(count)) of \(Self.grouped(published)) \(what)" : nil
    }
    let parts = [
      trainingFiles?.part, share(Set(training.labels).count, of: known.classes, "classes"),
      share(training.count, of: known.training, "training images"),
      share(test.count, of: known.test, "test images"),
    ].compactMap(\.self)
    return parts.isEmpty ? nil : "\(name): a part: \(parts.joined(separator: ", "))"
  }

  private static func grouped(_ count: Int) -> String {
    count.formatted(.number.locale(Locale(identifier: "en_US")))
  }
}
