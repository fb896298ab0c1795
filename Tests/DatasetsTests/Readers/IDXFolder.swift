import Datasets
import Foundation
import Outcomes
import Storage
import TestSupport
import Testing

/// A folder with a small data set in MNIST's layout, whose files tests replace by damaged ones.
struct IDXFolder {
  /// The four files, in MNIST's order.
  static let names = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
  ]
  private let folder: TemporaryFolder

  /// 20 training and 10 test images of 4 × 4 pixels.
  init() throws {
    folder = try TemporaryFolder()
    try IDXBytes.write(to: folder, training: 20, test: 10, side: 4)
  }

  var path: String { folder.path }

  func path(of name: String) -> String { folder.path + "/" + name }

  func bytes(of name: String) throws -> [UInt8] {
    [UInt8](try #require(FileManager.default.contents(atPath: path(of: name))))
  }

  func write(_ bytes: [UInt8], to name: String) throws { try folder.write(bytes, to: name) }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(of: name)) }

  /// Replaces the file `name` by its gzipped form.
  func compress(_ name: String) throws {
    let outcome = try Shell.run(["gzip", path(of: name)])
    try #require(outcome.code == 0, "\(outcome.errors)")
  }

  func load() throws -> Dataset { try Dataset.load("mnist", path: path) }

  /// Requires that the data set is refused with `exitCode`, and gives the message.
  func refusal(_ exitCode: ExitCode) throws -> String {
    let error = try #require(throws: FileError.self) { try load() }
    #expect(error.exitCode == exitCode, "\(error)")
    #expect(error.description.hasPrefix(path), "\(error)")
    return error.description
  }
}
