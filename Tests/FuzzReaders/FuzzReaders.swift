import Foundation
import Readers

/// One reader under libFuzzer, chosen by the environment variable `RELIEF_FUZZ_READER`.
private let place: Place = {
  let name = ProcessInfo.processInfo.environment["RELIEF_FUZZ_READER"] ?? ""
  guard let reader = Reader(rawValue: name) else {
    fatalError("no reader \(name); there are \(Reader.allCases.map(\.rawValue))")
  }
  do { return try reader.place() } catch { fatalError("\(reader): \(error)") }
}()

/// Writes what the reader accepts to the folder that `RELIEF_FUZZ_SEEDS` names, before libFuzzer
/// looks there.
@_cdecl("LLVMFuzzerInitialize")
package func initialise(
  _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutableRawPointer
) -> CInt {
  guard let folder = ProcessInfo.processInfo.environment["RELIEF_FUZZ_SEEDS"] else { return 0 }
  for (index, seed) in place.seeds.enumerated() {
    let file = URL(fileURLWithPath: "\(folder)/seed-\(index)")
    do { try Data(seed).write(to: file) } catch { fatalError("\(error)") }
  }
  return 0
}

/// Reads one input. An error that no user is told, or a trap, is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
package func read(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  do { _ = try place.read(UnsafeBufferPointer(start: bytes, count: count)) } catch {
    fatalError("\(type(of: error)): \(error)")
  }
  return 0
}
