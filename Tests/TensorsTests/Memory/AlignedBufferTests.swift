import Tensors
import Testing

@Suite struct AlignedBufferTests {
  @Test("a buffer is zeroed, 64-byte aligned and padded with zeros to 64 bytes", arguments: 0..<40)
  func fresh(count: Int) {
    let buffer = FloatBuffer(count: count)
    #expect(buffer.count == count)
    #expect(UInt(bitPattern: buffer.base) % 64 == 0)
    #expect((0..<(count + 15) / 16 * 16).allSatisfy { buffer.base[$0] == 0 })
  }

  @Test("a buffer of a collection holds its elements")
  func elements() {
    let buffer = AlignedBuffer([3.5, -1, 7])
    #expect(buffer.elements == [3.5, -1, 7])
    #expect((0..<3).map { buffer[$0] } == [3.5, -1, 7])
    buffer[1] = 2
    #expect(buffer.elements[1] == 2)
    // The elements of a buffer that nothing holds any more.
    #expect(FloatBuffer([1, 2, 3]).elements == [1, 2, 3])
    #expect(IndexBuffer([]).count == 0)
  }

  @Test("a duplicate is independent, a copy takes all elements over")
  func copies() {
    let buffer = FloatBuffer([1, 2, 3])
    let duplicate = buffer.duplicate()
    duplicate[0] = 5
    #expect(buffer.elements == [1, 2, 3])
    #expect(duplicate.elements == [5, 2, 3])
    buffer.copy(from: duplicate)
    #expect(buffer.elements == [5, 2, 3])
  }

  @Test("a slice is a window on its buffer")
  func slices() {
    let buffer = FloatBuffer((0..<20).map(Float.init))
    let slice = FloatSlice(buffer, 5..<9)
    #expect(slice.count == 4)
    #expect(slice.base == buffer.base + 5)
    #expect(FloatSlice(buffer, 20..<20).count == 0)
  }

  @Test("an index outside the buffer stops the program", arguments: [-1, 3])
  func bounds(index: Int) async {
    await #expect(processExitsWith: .failure) { [index] in
      FloatBuffer(count: 3)[index] = 1
    }
  }

  @Test("a slice that leaves its buffer, or a copy of another size, stops the program")
  func wrongSizes() async {
    await #expect(processExitsWith: .failure) {
      _ = FloatSlice(FloatBuffer(count: 3), 1..<4)
    }
    await #expect(processExitsWith: .failure) {
      FloatBuffer(count: 3).copy(from: FloatBuffer(count: 4))
    }
  }
}
