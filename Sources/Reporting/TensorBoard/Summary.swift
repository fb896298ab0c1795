import Pruning
import Runs
import Storage

/// A named value of a step (TensorFlow: `summary.proto`).
enum Summary {
  case scalar(String, Double)
  case histogram(String, Distribution)
  case text(String, String)

  /// Writes it as a message.
  func fill(_ value: inout ProtocolBuffer.Writer) {
    switch self {
    case .scalar(let tag, let number):
      value.write(1, tag)
      value.write(2, Float(number))
    case .histogram(let tag, let distribution):
      value.write(1, tag)
      value.write(5) { Self.fill(&$0, distribution) }
    case .text(let tag, let text):
      value.write(1, tag)
      // As Markdown has what is to stay as it is.
      let block = text.printableLines.split(separator: "\n", omittingEmptySubsequences: false)
        .map { "    " + $0 }.joined(separator: "\n")
      value.write(8) { tensor in
        tensor.write(1, 7)
        tensor.write(2) { $0.write(2) { $0.write(1, 1) } }
        tensor.write(8, block)
      }
      value.write(9) { $0.write(1) { $0.write(1, "text") } }
    }
  }

  private static func fill(
    _ message: inout ProtocolBuffer.Writer, _ distribution: Distribution
  ) {
    message.write(1, distribution.percentiles.first ?? 0)
    message.write(2, distribution.percentiles.last ?? 0)
    message.write(3, Double(distribution.count))
    message.write(4, distribution.sum)
    message.write(5, distribution.sumOfSquares)
    let (limits, counts) = buckets(distribution)
    message.write(6, packed: limits)
    message.write(7, packed: counts)
  }

  /// Upper limits of buckets, ascending, and how many numbers each has: below 0, 0, above 0.
  private static func buckets(_ distribution: Distribution) -> ([Double], [Double]) {
    let bins = distribution.positive.indices.map { distribution.firstBin + $0 }
    let below = zip(bins, distribution.negative).reversed().map { bin, count in
      (-Distribution.lowerBound(ofBin: bin), Double(count))
    }
    let least = Distribution.lowerBound(ofBin: distribution.firstBin)
    let above = zip(bins, distribution.positive).map { bin, count in
      (Distribution.lowerBound(ofBin: bin + 1), Double(count))
    }
    let all = below + [(least, Double(distribution.zeros))] + above
    return (all.map(\.0), all.map(\.1))
  }

  /// Those of what a record says: its numbers as `EVENT/KEY`, those of layers and ranks with their
  /// names after that, and how importance and weights of layers are spread.
  static func all(of record: RunRecord) throws -> [Summary] {
    let values = try JSONValue(record)
    let event = values.text("event") ?? ""
    var summaries = values.numbers.map { Summary.scalar("\(event)/\($0.key)", $0.value) }
    for (rank, element) in values.elements(of: "ranks").enumerated() {
      summaries += element.numbers.map { .scalar("\(event)/\($0.key)/rank_\(rank)", $0.value) }
    }
    guard case .prune(let prune) = record else { return summaries }
    for layer in prune.layers ?? [] {
      let name = layer.name.printable
      summaries += [
        .scalar("\(event)/kept/\(name)", Double(layer.kept)),
        .scalar("\(event)/units/\(name)", Double(layer.units)),
      ]
      if let importance = layer.importance {
        summaries.append(.histogram("importance/\(name)", importance))
      }
      if let weights = layer.weights { summaries.append(.histogram("weights/\(name)", weights)) }
    }
    return summaries
  }
}
