/// Small data sets in CIFAR-10's layout, made up.
package enum CIFARBytes {
  /// A file of images to train on and one to test on: images of class c are bright in row 3c of one
  /// colour.
  package static func write(to folder: TemporaryFolder, training: Int, test: Int) throws {
    for (name, count) in [("data_batch_1.bin", training), ("test_batch.bin", test)] {
      var random = SeededRandom(seed: UInt64(count))
      let records = (0..<count).flatMap { index -> [UInt8] in
        let label = index % 10
        return [UInt8(label)]
          + (0..<3 * 32 * 32).map { byte in
            byte / 32 == label % 3 * 32 + 3 * label
              ? .random(in: 128...255, using: &random) : .random(in: 0...160, using: &random)
          }
      }
      try folder.write(records, to: name)
    }
  }
}
