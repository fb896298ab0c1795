import Tensors

/// An optimizer that recipes can name. Each is a value in the file of its class.
package struct KnownOptimizer: Sendable, Equatable, CustomStringConvertible {
  /// The name recipes use.
  package let name: String
  /// What it keeps for each parameter, a number each.
  package let stateNames: [String]
  private let make:
    @Sendable (_ settings: OptimizerSettings, _ count: Int, _ kernels: KernelSet) -> any Optimizer

  init(
    _ name: String, stateNames: [String],
    _ make: @escaping @Sendable (OptimizerSettings, Int, KernelSet) -> any Optimizer
  ) {
    (self.name, self.stateNames, self.make) = (name, stateNames, make)
  }

  /// Every one.
  package static let all = [adam, adamW, sgd]

  /// The one of this name.
  package static func named(_ name: String) -> KnownOptimizer? { all.first { $0.name == name } }

  /// A fresh one for `count` owned parameters.
  func optimizer(
    _ settings: OptimizerSettings, count: Int, kernels: KernelSet
  ) -> any Optimizer { make(settings, count, kernels) }

  /// Whether both have the same name.
  package static func == (first: KnownOptimizer, second: KnownOptimizer) -> Bool {
    first.name == second.name
  }
  /// The name.
  package var description: String { name }
}
