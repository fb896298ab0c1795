import Evaluation
import Foundation
import Storage

/// The tables that `evaluate` writes as files of comma-separated values.
extension Evaluation {
  /// Writes a line for each image, in the order of the data set: its number, its label, the class
  /// it is taken for, and all logits.
  /// - Throws: `FileError.system`.
  package func writePredictions(_ path: String) throws {
    let count = description.classNames.count
    let columns = ["image", "label", "prediction"] + (0..<count).map { "logit_\($0)" }
    var text = columns.joined(separator: ",") + "\n"
    for (image, (label, prediction)) in zip(labels, predictions.classes).enumerated() {
      let logits = predictions.logits[image * count..<(image + 1) * count]
      text += "\(image),\(label),\(prediction)"
      for logit in logits { text += ",\(logit)" }
      text += "\n"
    }
    try OutputFile.replace(path, with: Data(text.utf8))
  }

  /// Writes a line for each class: its name, and how many of its images were taken for each class.
  /// - Throws: `FileError.system`.
  package func writeConfusion(_ path: String) throws {
    let names = description.classNames
    let rows =
      [["label"] + names] + zip(names, confusion).map { name, row in [name] + row.map(String.init) }
    let lines = rows.map { $0.map(\.commaSeparatedField).joined(separator: ",") + "\n" }
    try OutputFile.replace(path, with: Data(lines.joined().utf8))
  }
}

extension String {
  /// The text as a field of comma-separated values (RFC 4180): in quotes where it has to be.
  package var commaSeparatedField: String {
    let needsQuotes = contains { [",", "\"", "\n", "\r", "\r\n"].contains($0) }
    return needsQuotes ? "\"" + replacing("\"", with: "\"\"") + "\"" : self
  }
}
