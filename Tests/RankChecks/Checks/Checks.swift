import Communication
import Foundation

/// The checks of one rank: each says `ok NAME` once all ranks have passed it.
struct Checks {
  let communicator: any Communicator

  init(_ communicator: any Communicator) { self.communicator = communicator }

  var rank: Int { communicator.rank }
  var worldSize: Int { communicator.worldSize }
  var ranks: Range<Int> { 0..<communicator.worldSize }

  /// Runs `body` on every rank; the first that fails says why and ends the job with code 1.
  func check(_ name: String, _ body: () throws -> Void) {
    do {
      try body()
      // All ranks have passed when this returns.
      _ = try communicator.gather([0.0])
      if communicator.isRoot { FileHandle.standardOutput.write(Data("ok \(name)\n".utf8)) }
    } catch {
      FileHandle.standardError.write(Data("rank \(rank): \(name): \(error)\n".utf8))
      communicator.abort(code: 1)
    }
  }

  /// Requires `actual` to equal `expected`.
  func expect<Value: Equatable>(_ actual: Value, _ expected: Value, _ what: String) throws {
    guard actual == expected else {
      throw Mismatch(what: what, expected: "\(expected)", actual: "\(actual)")
    }
  }

  /// Requires two lists to be equal; tells the first place where they are not.
  func expect<Value: Equatable>(_ actual: [Value], _ expected: [Value], _ what: String) throws {
    try expect(actual.count, expected.count, "\(what), count")
    guard let index = actual.indices.first(where: { actual[$0] != expected[$0] }) else { return }
    throw Mismatch(
      what: "\(what)[\(index)]", expected: "\(expected[index])", actual: "\(actual[index])")
  }
}

/// An answer that is not the known one.
struct Mismatch: Error, CustomStringConvertible {
  let what, expected, actual: String
  var description: String { "\(what): expected \(expected), is \(actual)" }
}
