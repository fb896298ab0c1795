/// Memory that products work in, one after the other; nothing in it outlives a call.
package final class ScratchMemory {
  private var buffer = FloatBuffer(count: 0)

  /// No memory yet.
  package init() {}

  /// Memory for `count` floats: more than before only where no call has needed as much.
  func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
    if buffer.count < count { buffer = FloatBuffer(count: count, for: "scratch memory") }
    return buffer.base
  }
}
