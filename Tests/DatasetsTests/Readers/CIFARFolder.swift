import Datasets
import Foundation
import Outcomes
import Storage
import TestSupport
import Testing

/// A folder with a small data set in CIFAR's layout, whose files tests replace by damaged ones.
struct CIFARFolder {
  /// Which of the two it is.
  enum Kind: String, CaseIterable {
    case cifar10, cifar100

    /// The files with images, those to train on first.
    var files: [String] {
      switch self {
      case .cifar10: ["data_batch_1.bin", "data_batch_2.bin", "test_batch.bin"]
      case .cifar100: ["train.bin", "test.bin"]
      }
    }
    /// The file with the names of the classes.
    var nameFile: String { self == .cifar10 ? "batches.meta.txt" : "fine_label_names.txt" }
    var labelBytes: Int { self == .cifar10 ? 1 : 2 }
    var classes: Int { self == .cifar10 ? 10 : 100 }
    var recordSize: Int { labelBytes + 3072 }
  }

  /// Records in each file.
  static let records = 5
  let kind: Kind
  private let folder: TemporaryFolder

  /// `records` records in each of the files of `kind`, and no names of classes.
  init(_ kind: Kind) throws {
    self.kind = kind
    folder = try TemporaryFolder()
    for (file, name) in kind.files.enumerated() {
      let bytes = (0..<Self.records).flatMap { Self.record(kind, file: file, $0) }
      try write(bytes, to: name)
    }
  }

  var path: String { folder.path }

  /// The label of record `record` of file `file`.
  static func label(_ kind: Kind, file: Int, _ record: Int) -> UInt8 {
    UInt8((7 * file + 3 * record) % kind.classes)
  }

  /// The pixels of record `record` of file `file`.
  static func pixels(file: Int, _ record: Int) -> [UInt8] {
    (0..<3072).map { UInt8(truncatingIfNeeded: 50 * file + 11 * record + $0 / 5) }
  }

  /// A whole record; the superclass of CIFAR-100 is one that would be no class of CIFAR-100.
  private static func record(_ kind: Kind, file: Int, _ record: Int) -> [UInt8] {
    (kind == .cifar10 ? [] : [200]) + [label(kind, file: file, record)]
      + pixels(file: file, record)
  }

  func bytes(of name: String) throws -> [UInt8] {
    [UInt8](try #require(FileManager.default.contents(atPath: path + "/" + name)))
  }

  func write(_ bytes: [UInt8], to name: String) throws { try folder.write(bytes, to: name) }

  /// `bytes` as gzip writes them.
  func compressed(_ bytes: [UInt8]) throws -> [UInt8] {
    let plain = try folder.write(bytes, to: "plain")
    let outcome = try Shell.run(["gzip", "-n", plain])
    try #require(outcome.code == 0, "\(outcome.errors)")
    defer { try? remove("plain.gz") }
    return try self.bytes(of: "plain.gz")
  }

  func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: path + "/" + name)
  }

  func rename(_ name: String, to other: String) throws {
    try FileManager.default.moveItem(atPath: path + "/" + name, toPath: path + "/" + other)
  }

  func load() throws -> Dataset { try Dataset.load(kind.rawValue, path: path) }

  /// Requires that the data set is refused with `exitCode`, and gives the message.
  func refusal(_ exitCode: ExitCode) throws -> String {
    let error = try #require(throws: FileError.self) { try load() }
    #expect(error.exitCode == exitCode, "\(error)")
    #expect(error.description.hasPrefix(path), "\(error)")
    return error.description
  }
}
