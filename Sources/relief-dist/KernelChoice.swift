import Foundation
import Outcomes
import Tensors

/// Which kernel set this process runs on.
enum KernelChoice {
  /// The widest the processor has, or the one `RELIEF_KERNELS` names; all give the same bits.
  static func fromEnvironment() throws -> KernelSet {
    let name = ProcessInfo.processInfo.environment["RELIEF_KERNELS"]
    guard let kernels = KernelSet.named(name) else {
      let names = KernelSet.available.map(\.name).joined(separator: ", ")
      throw ConfigurationError(
        place: "RELIEF_KERNELS", reason: "is \"\(name ?? "")\", this processor has \(names)")
    }
    return kernels
  }
}
