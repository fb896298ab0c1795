/// What ranks tell each other when an inspection begins.
struct InspectionMessage: Equatable {
  /// A rank that waits calls; the others answer.
  enum Kind: UInt8 { case call, answer }

  let kind: Kind
  /// Of the inspection, as its caller counts; an answer to an earlier one tells nothing of now.
  let inspection: Int
  let place: Place

  /// Where a rank is.
  struct Place: Equatable {
    /// What it is about.
    var task = "start"
    /// Training steps that are done.
    var step = 0
    /// Whether it waits for others.
    var isWaiting = false
    /// How often it has waited.
    var waits = 0
  }

  private static let numbers = 3

  /// As it travels: kind, whether the rank waits, inspection, step, waits (64 bits each, the host's
  /// order), work.
  var bytes: [UInt8] {
    [kind.rawValue, place.isWaiting ? 1 : 0]
      + [inspection, place.step, place.waits].withUnsafeBytes(Array.init) + Array(place.task.utf8)
  }

  init(_ kind: Kind, inspection: Int, place: Place) {
    (self.kind, self.inspection, self.place) = (kind, inspection, place)
  }

  /// Nil where `bytes` are no message.
  init?(_ bytes: [UInt8]) {
    let head = 2 + Self.numbers * MemoryLayout<Int>.size
    guard bytes.count >= head, let kind = Kind(rawValue: bytes[0]) else { return nil }
    let numbers = bytes.withUnsafeBytes { raw in
      (0..<Self.numbers).map {
        raw.loadUnaligned(fromByteOffset: 2 + $0 * MemoryLayout<Int>.size, as: Int.self)
      }
    }
    self.init(
      kind, inspection: numbers[0],
      place: Place(
        task: String(decoding: bytes[head...], as: UTF8.self), step: numbers[1],
        isWaiting: bytes[1] == 1, waits: numbers[2]))
  }
}
