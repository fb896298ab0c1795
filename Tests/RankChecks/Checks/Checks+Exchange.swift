import Communication
import Tensors

extension Checks {
  /// Gradients to their owners, parameters back: the parameters are those of a serial run.
  func exchanges() {
    check("exchange of exact gradients") { try exchange(.exact, [120, 120, 120]) }
    check("exchange of random gradients") { try exchange(.random, [120, 120, 120]) }
    check("exchange with short batches") { try exchange(.random, [120, 40, 80, 120, 70, 16]) }
    check("exchange of many blocks") { try exchange(.random, [250, 208, 1, 170]) }
    check("exchange of clipped gradients") { try clips([120, 40, 250]) }
    check("exchanged state in canonical order") { try canonicalState() }
    check("bytes of an exchange") { for images in [120, 40, 80] { try bytes(images: images) } }
  }

  private func exchange(_ gradient: Gradient, _ batches: [Int]) throws {
    let network = try FakeNetwork(
      communicator, images: batches.max() ?? 0, gradient: gradient)
    for (step, images) in batches.enumerated() { try network.step(step, images: images) }
    let expected = FakeNetwork.serial(
      batches, count: network.parameters.count, gradient: gradient)
    try expect(
      network.parameters.elements.map(\.bitPattern), expected.map(\.bitPattern), "parameter")
  }

  /// Multiples of ⅛ have a norm that is exact, so the parameters are those of a serial run whose
  /// gradients are scaled; random ones end with the bits that one process comes to.
  private func clips(_ batches: [Int]) throws {
    for (gradient, limit) in [(Gradient.exact, 1e3), (.exact, 1e9), (.random, 5e4)] {
      let (most, alone) = (batches.max() ?? 0, SingleProcess())
      let network = try FakeNetwork(communicator, images: most, gradient: gradient, clipNorm: limit)
      let single = try FakeNetwork(alone, images: most, gradient: gradient, clipNorm: limit)
      for (step, images) in batches.enumerated() {
        try network.step(step, images: images)
        try single.step(step, images: images)
      }
      let bits = network.parameters.elements.map(\.bitPattern)
      try expect(bits, single.parameters.elements.map(\.bitPattern), "parameter")
      guard gradient == .exact else { continue }
      let expected = FakeNetwork.serial(
        batches, count: network.parameters.count, gradient: gradient, clipNorm: limit)
      try expect(bits, expected.map(\.bitPattern), "parameter of a serial run")
    }
  }

  /// State that holds the number of the parameter it belongs to is 0, 1, 2, … once it is gathered.
  private func canonicalState() throws {
    let state = FloatBuffer(count: FakeNetwork.segments(communicator).ownedCount)
    let optimizer = FakeOptimizer { parameters, _, range in
      for (target, parameter) in zip(range, parameters.range) { state[target] = Float(parameter) }
    }
    let network = try FakeNetwork(
      communicator, images: 120, gradient: .exact, optimizer: optimizer)
    try network.step(0, images: 120)
    let gathered = try network.exchange.gather(state: state)
    try expect(
      Array(gathered.elements), (0..<network.parameters.count).map(Float.init), "state")
  }

  /// Of the gradients a rank sends all but its own segment, once for each aligned subtree of its
  /// share; of the parameters it sends its own segment to all others.
  private func bytes(images: Int) throws {
    let network = try FakeNetwork(communicator, images: 120, gradient: .exact)
    let before = communicator.bytesSent
    try network.step(0, images: images)
    let sent = communicator.bytesSent - before

    let kept = network.parameters.count
    let own = Double(FakeNetwork.segments(communicator).ownedCount)
    let owned = try communicator.gather([own]).map { Int($0[0]) }
    try expect(owned.reduce(0, +), kept, "segments together")
    let expected = ranks.map { rank in
      let subtrees = BlockShare(images: images, rank: rank, worldSize: worldSize).subtrees.count
      let gradients = 4 * (kept - owned[rank]) * subtrees
      return gradients + 4 * owned[rank] * (worldSize - 1)
    }
    try expect(sent, expected[rank], "bytes sent for \(images) images")

    let all = try communicator.gather([Double(sent)]).reduce(0) { $0 + Int($1[0]) }
    try expect(all, expected.reduce(0, +), "bytes sent by all for \(images) images")
    // Eight blocks on 1, 2, 4 or 8 ranks are one subtree each: n − 1 times the network, twice.
    if images == 120, 8.isMultiple(of: worldSize) {
      try expect(all, 2 * 4 * kept * (worldSize - 1), "bytes sent by all for one subtree a rank")
    }
  }
}
