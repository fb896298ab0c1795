import Foundation
import Storage

/// How the folder `val` of Tiny-ImageNet tells the classes of its images.
enum TinyImageNetTest {
  /// The class of an image, and the line of `val_annotations.txt` that tells it.
  struct Annotation {
    let line: Int
    let image, className: String
  }

  /// All lie in `val/images`, and a file of annotations names the class of each.
  case annotated([Annotation], file: String)
  /// Each class has a folder.
  case folders([String])

  fileprivate static let imageFolder = "val/images"
  private static let annotationFile = "val_annotations.txt"

  /// What `folder` holds.
  /// - Throws: `FileError`.
  init(_ folder: DataFolder) throws {
    let names = try Folder.names(in: try folder.folder("val"))
    let hasImages =
      try names.contains("images") && !Folder.names(in: folder.folder(Self.imageFolder)).isEmpty
    let folders = names.filter { $0 != "images" && $0 != Self.annotationFile }
    guard hasImages || folders.isEmpty else {
      self = .folders(folders)
      return
    }
    let file = try folder.file("val/" + Self.annotationFile)
    guard hasImages else {
      throw FileError.damaged(
        path: "\(folder.path)/\(Self.imageFolder)", offset: nil,
        reason: "holds no images; \(TinyImageNetFolder.wanted)")
    }
    self = .annotated(try Self.annotations(file), file: file)
  }

  /// The classes that are named.
  var classes: Set<String> {
    switch self {
    case .annotated(let annotations, _): Set(annotations.map(\.className))
    case .folders(let names): Set(names)
    }
  }

  /// Lines of an image's name, its class and four numbers that are not used, separated by tabs.
  private static func annotations(_ file: String) throws -> [Annotation] {
    try InputFile.lines(of: file).map { line in
      let fields = line.text.split(separator: "\t", omittingEmptySubsequences: false)
      guard fields.count >= 2 else { throw damaged(file, line.number, "no class behind a tab") }
      return Annotation(
        line: line.number, image: String(fields[0]), className: String(fields[1]))
    }
  }

  fileprivate static func damaged(_ file: String, _ line: Int, _ reason: String) -> FileError {
    .damaged(path: file, offset: nil, reason: "line \(line): \(reason)")
  }
}

extension TinyImageNetFolder {
  /// The images to test with, by their names, whatever folders they are in.
  /// - Throws: `FileError`.
  func testEntries() throws -> [ImageListing.Entry] {
    switch test {
    case .annotated(let annotations, let file): try entries(annotations, file)
    case .folders(let names): try entries(ofFolders: names)
    }
  }

  private func entries(
    _ annotations: [TinyImageNetTest.Annotation], _ file: String
  ) throws -> [ImageListing.Entry] {
    var labels: [String: Int32] = [:]
    for annotation in annotations {
      func damaged(_ reason: String) -> FileError {
        TinyImageNetTest.damaged(file, annotation.line, reason)
      }
      guard let label = classes[annotation.className] else {
        throw damaged("\(annotation.className) is no class of wnids.txt")
      }
      let image = "\(TinyImageNetTest.imageFolder)/\(annotation.image)"
      guard labels.updateValue(label, forKey: image) == nil else {
        throw damaged("\(annotation.image) a second time")
      }
    }
    return try images(in: TinyImageNetTest.imageFolder).map { image in
      guard let label = labels[image] else {
        throw FileError.damaged(
          path: "\(folder.path)/\(image)", offset: nil,
          reason: "has no line in val/val_annotations.txt")
      }
      return ImageListing.Entry(file: image, label: label)
    }
  }

  private func entries(ofFolders names: [String]) throws -> [ImageListing.Entry] {
    let labels = try names.sorted().map { ($0, try label(ofFolder: "val", $0)) }
    let entries = try labels.flatMap { name, label in
      try images(ofClass: "val/\(name)").map { ImageListing.Entry(file: $0, label: label) }
    }
    func name(_ entry: ImageListing.Entry) -> String { PathName.last(of: entry.file) }
    return entries.map { (name($0), $0) }.sorted { first, second in
      first.0 == second.0
        ? first.1.label < second.1.label : Self.precedes(first.0, second.0)
    }.map(\.1)
  }
}
