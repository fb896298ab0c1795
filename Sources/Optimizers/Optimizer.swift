import Tensors

/// Steps the parameters a rank owns. Its state has one number an owned parameter in each buffer.
package protocol Optimizer: AnyObject {
  /// The state buffers, in canonical order.
  var state: [FloatBuffer] { get }
  /// What the buffers are called, as `KnownOptimizer` says.
  var stateNames: [String] { get }
  /// Steps taken.
  var steps: Int { get }
  /// Goes on after `steps` steps; whoever calls it puts back the state of that time.
  func resume(after steps: Int)
  /// Begins the next step at this learning rate.
  func begin(learningRate: Double)
  /// Steps `parameters` by `gradient`, with the state at `range`; once per parameter and step.
  /// - Returns: sums of the parameters and of each state buffer.
  func update(
    _ parameters: FloatSlice, gradient: FloatSlice, state range: Range<Int>
  ) -> StepSums
}
