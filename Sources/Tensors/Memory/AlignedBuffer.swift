import Foundation

/// `count` numbers, zero at first, 64-byte aligned and padded to whole vectors of 16.
///
/// The one handle on raw memory: everything that is handed to a kernel, to BLAS or to MPI lives in
/// an `AlignedBuffer` (or in a `FloatSlice` of one).
package final class AlignedBuffer<Element: BitwiseCopyable & Numeric> {
  /// How many elements the buffer holds.
  package let count: Int
  /// The first element; valid as long as the buffer lives.
  package let base: UnsafeMutablePointer<Element>

  /// A zeroed buffer of `count` elements; where there is no memory for it, the process says for
  /// what and ends (see `Memory`).
  package init(count: Int, for use: StaticString = "lists and tables") {
    precondition(count >= 0, "a buffer of \(count) elements")
    let memory = Memory.zeroed(Self.bytes(count), for: use)
    self.count = count
    self.base = memory.bindMemory(to: Element.self, capacity: max(count, 1))
  }

  private static func bytes(_ count: Int) -> Int {
    (max(count, 1) * MemoryLayout<Element>.stride + 63) / 64 * 64
  }

  /// A buffer that holds a copy of `elements`.
  package convenience init(_ elements: some Collection<Element>) {
    self.init(count: elements.count)
    let isCopied: Void? = elements.withContiguousStorageIfAvailable { storage in
      if let source = storage.baseAddress { base.update(from: source, count: storage.count) }
    }
    if isCopied != nil { return }
    for (index, element) in elements.enumerated() { base[index] = element }
  }

  deinit {
    Memory.free(UnsafeMutableRawPointer(base), Self.bytes(count))
  }

  /// The element at `index`.
  package subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "element \(index) of \(count)")
      return base[index]
    }
    set {
      precondition(index >= 0 && index < count, "element \(index) of \(count)")
      base[index] = newValue
    }
  }

  /// A copy of all elements, which outlives the buffer.
  package var elements: [Element] {
    withExtendedLifetime(self) { Array(UnsafeBufferPointer(start: base, count: count)) }
  }

  /// The elements' bytes, little-endian: nothing else is supported.
  package var bytes: [UInt8] {
    withExtendedLifetime(self) {
      Array(UnsafeRawBufferPointer(start: base, count: count * MemoryLayout<Element>.stride))
    }
  }

  /// Takes over the elements of a buffer of the same size.
  package func copy(from other: AlignedBuffer) {
    precondition(other.count == count, "copies \(other.count) elements into \(count)")
    base.update(from: other.base, count: count)
  }

  /// Takes over the elements `source` of `other` as its elements `target`.
  package func copy(_ source: Range<Int>, of other: AlignedBuffer, to target: Range<Int>) {
    precondition(
      source.count == target.count && source.lowerBound >= 0 && source.upperBound <= other.count
        && target.lowerBound >= 0 && target.upperBound <= count,
      "copies elements \(source) of \(other.count) to \(target) of \(count)")
    (base + target.lowerBound).update(from: other.base + source.lowerBound, count: source.count)
  }

  /// An independent buffer with the same elements.
  package func duplicate() -> AlignedBuffer {
    let copy = AlignedBuffer(count: count, for: "a copy of parameters")
    copy.copy(from: self)
    return copy
  }
}

/// Parameters, gradients, activations and optimizer state.
package typealias FloatBuffer = AlignedBuffer<Float>
/// The lists of a `Connectivity`.
package typealias IndexBuffer = AlignedBuffer<UInt32>

/// A range of a float buffer.
package struct FloatSlice {
  /// The buffer that holds the numbers.
  package let buffer: FloatBuffer
  /// The numbers' indices in `buffer`.
  package let range: Range<Int>

  /// The numbers of `buffer` whose indices are in `range`.
  package init(_ buffer: FloatBuffer, _ range: Range<Int>) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= buffer.count,
      "range \(range) of a buffer of \(buffer.count)")
    self.buffer = buffer
    self.range = range
  }

  /// Takes over the numbers of a slice of the same size.
  package func copy(from other: FloatSlice) {
    precondition(other.count == count, "copies \(other.count) numbers into \(count)")
    base.update(from: other.base, count: count)
  }

  /// How many numbers the slice has.
  package var count: Int { range.count }
  package var base: UnsafeMutablePointer<Float> { buffer.base + range.lowerBound }
}
