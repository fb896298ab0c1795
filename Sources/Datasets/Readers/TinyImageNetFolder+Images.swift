import Foundation
import Storage

extension TinyImageNetFolder {
  /// The images of the class whose folder is `classFolder`, there or in its folder `images`.
  /// - Throws: `FileError`, damaged where there are none, or something else is among them.
  func images(ofClass classFolder: String) throws -> [String] {
    let path = "\(folder.path)/\(classFolder)"
    guard try PathKind.of(path) == .folder else {
      throw FileError.damaged(path: path, offset: nil, reason: "is no folder of a class")
    }
    let inner = classFolder + "/images"
    let names = try Folder.names(in: path)
    guard names.contains(where: Self.isImage) else { return try images(in: inner) }
    let boxes = "\(PathName.last(of: classFolder))_boxes.txt"
    guard try imageNames(in: inner).isEmpty else {
      throw FileError.damaged(
        path: path, offset: nil,
        reason: "has images beside its folder images, and more in it; put all of them in one place")
    }
    return try images(names.filter { $0 != boxes && $0 != "images" }, in: classFolder)
  }

  /// The images in the folder `name`.
  /// - Throws: `FileError`, damaged where there are none, or something else is among them.
  func images(in name: String) throws -> [String] { try images(imageNames(in: name), in: name) }

  /// What the folder `name` holds; nothing where it is not there.
  func imageNames(in name: String) throws -> [String] {
    let path = "\(folder.path)/\(name)"
    return try PathKind.of(path) == .folder ? Folder.names(in: path) : []
  }

  private func images(_ names: [String], in name: String) throws -> [String] {
    guard !names.isEmpty else {
      throw FileError.damaged(
        path: "\(folder.path)/\(name)", offset: nil, reason: "holds no images; \(Self.wanted)")
    }
    if let other = names.filter({ !Self.isImage($0) }).min() {
      throw FileError.damaged(
        path: "\(folder.path)/\(name)/\(other)", offset: nil,
        reason: "is no .JPEG; only images belong here")
    }
    return names.sorted(by: Self.precedes).map { "\(name)/\($0)" }
  }

  private static func isImage(_ name: String) -> Bool { name.uppercased().hasSuffix(".JPEG") }

  /// By length of names and then by their bytes, so that the numbers in them ascend.
  static func precedes(_ first: String, _ second: String) -> Bool {
    first.utf8.count == second.utf8.count
      ? first.utf8.lexicographicallyPrecedes(second.utf8) : first.utf8.count < second.utf8.count
  }
}
