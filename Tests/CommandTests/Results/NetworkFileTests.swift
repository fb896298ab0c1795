import Foundation
import Storage
import TestSupport
import Testing

extension CommandTests {
  /// The networks a run leaves, as other programs read them.
  @Suite struct NetworkFileTests {
    private static let shapes = [
      "classifier.0": (units: 300, inputs: 784), "classifier.2": (100, 300),
      "classifier.4": (10, 100),
    ]

    @Test func namesAndShapesAreThoseOfPyTorch() throws {
      let run = try SmallRun()
      #expect(try run(ranks: 2).code == 0)
      for name in ["final", "iterations/0", "iterations/1", "iterations/2"] {
        let file = try run.network(name)
        #expect(file.tensors.count == 12)
        for (layer, (units, inputs)) in Self.shapes {
          for (suffix, shape) in [("weight", [units, inputs]), ("bias", [units])] {
            let tensor = try #require(file.tensors["\(layer).\(suffix)"])
            let mask = try #require(file.tensors["mask.\(layer).\(suffix)"])
            #expect(tensor.type == .float32 && tensor.shape == shape)
            #expect(mask.type == .uint8 && mask.shape == shape)
          }
        }
      }
    }

    @Test func prunedWeightsAreZeroAndAsManyAsTheRecordSays() throws {
      let run = try SmallRun()
      #expect(try run(ranks: 2).code == 0)
      #expect(run.prunes.count == 2)
      let kept = [266_610] + run.prunes.map(\.kept)
      for (iteration, kept) in kept.enumerated() {
        let file = try run.network("iterations/\(iteration)")
        #expect(try keptConnections(file).values.reduce(0, +) == kept)
        #expect(file.metadata["kept"] == "\(kept)")
      }
      let final = try run.network("final")
      #expect(try keptConnections(final).values.reduce(0, +) == run.end?.kept)
    }

    /// The chosen network is the last one where the tolerance takes any.
    @Test func finalIsTheChosenNetwork() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      #expect(run.end?.iteration == 2)
      let (final, last) = (try run.network("final"), try run.network("iterations/2"))
      #expect(Set(final.tensors.keys) == Set(last.tensors.keys))
      for (name, tensor) in final.tensors {
        #expect(tensor.bytes == last.tensors[name]?.bytes, "\(name)")
      }
    }

    /// Masks only shrink.
    @Test func nothingIsRevived() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      let (first, second) = (try run.network("iterations/1"), try run.network("iterations/2"))
      for layer in Self.shapes.keys {
        let before = try #require(first.tensors["mask.\(layer).weight"]).bytes
        let after = try #require(second.tensors["mask.\(layer).weight"]).bytes
        #expect(zip(before, after).allSatisfy { $0 >= $1 }, "\(layer)")
        #expect(before != after, "\(layer)")
      }
    }

    @Test(arguments: ["magnitude", "random"])
    func otherCriteriaKeepAsManyOfEachLayer(criterion: String) throws {
      let run = try SmallRun()
      #expect(try run(["pruning.iterations=1"]).code == 0)
      let activity = try run.network("final")
      #expect(
        try run(["pruning.iterations=1", "pruning.criterion=\(criterion)"]).code == 0)
      let other = try run.network("final")
      #expect(try keptConnections(other) == keptConnections(activity))
      #expect(
        other.tensors["mask.classifier.0.weight"]?.bytes
          != activity.tensors["mask.classifier.0.weight"]?.bytes)
    }

    /// Connections with mask 1 of each layer, after it is sure that all others are exactly 0.
    private func keptConnections(_ file: Safetensors) throws -> [String: Int] {
      var kept: [String: Int] = [:]
      for layer in Self.shapes.keys {
        for name in ["\(layer).weight", "\(layer).bias"] {
          let weights = try #require(file.tensors[name]?.floats)
          let mask = try #require(file.tensors["mask.\(name)"]).bytes
          #expect(mask.allSatisfy { $0 <= 1 })
          let pruned = zip(weights, mask).filter { $0.1 == 0 }
          #expect(pruned.allSatisfy { $0.0.bitPattern == 0 }, "\(name)")
          kept[layer, default: 0] += mask.count { $0 == 1 }
        }
      }
      return kept
    }
  }
}
