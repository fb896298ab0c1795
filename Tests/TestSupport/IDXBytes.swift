/// Small data sets in MNIST's layout, made up.
package enum IDXBytes {
  /// An IDX file of bytes with these axes.
  package static func file(axes: [Int], elements: [UInt8]) -> [UInt8] {
    [0, 0, 8, UInt8(axes.count)]
      + axes.flatMap { axis in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: axis >> $0) } }
      + elements
  }

  /// The four files of a data set that a network can learn: images of class c are bright in row c.
  package static func write(
    to folder: TemporaryFolder, training: Int, test: Int, side: Int = 28
  ) throws {
    for (prefix, count) in [("train", training), ("t10k", test)] {
      var random = SeededRandom(seed: UInt64(count))
      let labels = (0..<count).map { UInt8($0 % 10) }
      let pixels = labels.flatMap { label in
        (0..<side * side).map { pixel in
          pixel / side % 10 == Int(label)
            ? UInt8.random(in: 96...255, using: &random) : UInt8.random(in: 0...96, using: &random)
        }
      }
      try folder.write(
        file(axes: [count, side, side], elements: pixels), to: "\(prefix)-images-idx3-ubyte")
      try folder.write(file(axes: [count], elements: labels), to: "\(prefix)-labels-idx1-ubyte")
    }
  }
}
