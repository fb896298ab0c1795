import Foundation
import Storage
import TestSupport
import Testing

extension CommandTests {
  /// The forms in which `export` writes the networks of a run.
  @Suite struct ExportTests {
    private func export(_ words: [String]) throws -> Shell.Outcome {
      try Shell.run(["\(Shell.products)/relief-dist", "export"] + words)
    }

    private func evaluate(_ model: String) throws -> [String: Any] {
      let outcome = try Shell.run(
        ["\(Shell.products)/relief-dist", "evaluate", model, "--json"])
      return try #require(try JSON.lines(outcome.output).first, "\(outcome.errors)")
    }

    @Test(arguments: ["safetensors", "safetensors-sparse"])
    func whatLeavesIsTheNetwork(format: String) throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      let path = run.data + "/model"
      let outcome = try export(
        [run.folder, "--format", format, "--output", path, "--config"])
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(outcome.output.contains("bit for bit, on 100 test images"))
      let (expected, found) = (try evaluate(run.folder), try evaluate(path))
      for key in ["accuracy", "loss", "images"] {
        #expect(expected[key] as? Double == found[key] as? Double)
      }
      let config = try #require(
        try JSONSerialization.jsonObject(
          with: Data(contentsOf: URL(filePath: run.data + "/config.json"))) as? [String: Any])
      #expect(config["input"] as? [Int] == [1, 28, 28])
      #expect(config["kept"] as? Int == run.end?.kept)
    }

    /// 4 bytes a number and 4 an index, where a kernel has one for all of its numbers.
    @Test func theSparseFormHoldsWhatSurvives() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      let path = run.data + "/model"
      #expect(
        try export([run.folder, "--format", "safetensors-sparse", "--output", path]).code == 0)
      let kept = try #require(run.end?.kept)
      let size = try Data(contentsOf: URL(filePath: path)).count
      #expect(Double(size) <= 1.1 * Double(8 * kept) + 65_536)
    }

    @Test func thePlainFormHasPyTorchsTensorsAlone() throws {
      let run = try SmallRun(cifarRecipe: "resnet20-cifar10", training: 32)
      #expect(try run().code == 0)
      let path = run.data + "/model"
      #expect(try export([run.folder, "--format", "safetensors", "--output", path]).code == 0)
      let (file, own) = (try Safetensors(path: path), try run.network("final"))
      for (name, tensor) in file.tensors { #expect(own.tensors[name]?.bytes == tensor.bytes) }
      let others = own.tensors.keys.filter { !$0.hasPrefix("mask.") }
      #expect(Set(others).isSubset(of: file.tensors.keys))
      let masks = file.tensors.filter { $0.key.hasPrefix("mask.") }
      #expect(masks.allSatisfy { $0.key.hasSuffix(".shortcut") && $0.value.bytes.contains(0) })
    }

    @Test func theONNXFormIsProvenWithinRounding() throws {
      let run = try SmallRun(cifarRecipe: "resnet20-cifar10", training: 32)
      #expect(try run().code == 0)
      for flags in [[], ["--keep-shapes"]] {
        let path = run.data + "/model\(flags.count).onnx"
        let outcome = try export([run.folder, "--format", "onnx", "--output", path] + flags)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("of the largest, on 20 test images"))
      }
      let refused = try export(
        [run.folder, "--format", "safetensors", "--keep-shapes", "--output", run.data + "/m"])
      #expect(refused.code == 78 && refused.errors.contains("--keep-shapes"))
    }

    @Test func whatIsThereStaysUnlessItMayGo() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      let folder = try TemporaryFolder()
      let path = try folder.write([1, 2, 3], to: "model")
      let words = [run.folder, "--format", "safetensors", "--output", path]
      let refused = try export(words)
      #expect(refused.code == 74 && refused.errors.contains("--force replaces it"))
      #expect(try Data(contentsOf: URL(filePath: path)) == Data([1, 2, 3]))
      #expect(try export(words + ["--force"]).code == 0)
      #expect(try Safetensors(path: path).tensors.count == 6)
    }

    /// The sums of the first layer come to infinity.
    @Test func weightsThatOverflowAreDamage() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      var file = try run.network("final")
      let weights = try #require(file.tensors["classifier.0.weight"])
      file.tensors["classifier.0.weight"] = Safetensors.Tensor(
        [Float](repeating: 3e38, count: 300 * 784), shape: weights.shape)
      file.tensors["mask.classifier.0.weight"] = nil
      let folder = try TemporaryFolder()
      let path = try folder.write([UInt8](try file.encoded()), to: "model")
      let commands = ["safetensors", "safetensors-sparse", "onnx"].map {
        ["export", path, "--format", $0, "--output", folder.path + "/other"]
      }
      for words in commands + [["evaluate", path], ["evaluate", path, "--json"]] {
        let outcome = try Shell.run(["\(Shell.products)/relief-dist"] + words).without(
          SmallRun.announcement)
        #expect(outcome.code == 65 && outcome.output.isEmpty, "\(words) \(outcome)")
        #expect(outcome.errors.contains("model: gives logits of these images that are not finite"))
        #expect(try Folder.names(in: folder.path) == ["model"])
      }
    }

    /// At whatever call of the system that writes it.
    @Test func aSignalLeavesAFileOrNone() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      for call in 1...8 {
        let folder = try TemporaryFolder()
        let outcome = try Shell.run(
          [
            "\(Shell.products)/relief-dist", "export", run.folder, "--format", "safetensors",
            "--output", folder.path + "/model",
          ],
          environment: [
            "LD_PRELOAD": "\(Shell.products)/libFaultyCalls.so", "FAULT_PATH": folder.path,
            "FAULT_KIND": "terminate", "FAULT_CALL": "\(call)",
          ])
        #expect([0, 75].contains(outcome.code), "call \(call): \(outcome)")
        let names = try Folder.names(in: folder.path)
        #expect(names == (outcome.code == 0 ? ["model"] : []), "call \(call)")
      }
    }

    @Test func aFullDiskLeavesWhatWasThere() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      let folder = try TemporaryFolder()
      let path = try folder.write([1, 2, 3], to: "model")
      for format in ["safetensors", "safetensors-sparse", "onnx"] {
        let outcome = try Shell.run(
          [
            "\(Shell.products)/relief-dist", "export", run.folder, "--format", format, "--output",
            path, "--force",
          ],
          environment: [
            "LD_PRELOAD": "\(Shell.products)/libFaultyCalls.so", "FAULT_PATH": folder.path,
            "FAULT_KIND": "ENOSPC", "FAULT_CALL": "0",
          ])
        let lines = outcome.errors.split(separator: "\n").filter {
          !$0.contains(SmallRun.announcement)
        }
        #expect(outcome.code == 74 && lines.count == 1, "\(format): \(outcome.errors)")
        #expect(outcome.errors.contains("No space left on device"))
        #expect(try Folder.names(in: folder.path) == ["model"])
        #expect(try Data(contentsOf: URL(filePath: path)) == Data([1, 2, 3]))
      }
    }

    @Test func whatCannotBeWrittenIsRefused() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      try FileManager.default.createSymbolicLink(
        atPath: run.data + "/link", withDestinationPath: run.data + "/nowhere")
      let cases: [(words: [String], code: Int32)] = [
        ([run.folder, "--format", "safetensors", "--output", run.data + "/link"], 74),
        (
          [
            run.folder, "--format", "safetensors", "--config", "--output",
            run.data + "/config.json",
          ],
          78
        ),
        ([run.folder, "--format", "onnx", "--config", "--output", run.data + "/m"], 78),
        ([run.folder, "--format", "other", "--output", run.data + "/m"], 64),
        ([run.folder, "--format", "safetensors", "--output", run.data + "/no/m"], 74),
        ([run.folder, "--format", "safetensors", "--output", run.data], 74),
        ([run.data + "/none", "--format", "safetensors", "--output", run.data + "/m"], 66),
        ([run.folder + "/run.json", "--format", "safetensors", "--output", run.data + "/m"], 65),
      ]
      for (words, code) in cases {
        let outcome = try export(words)
        #expect(outcome.code == code, "\(words) \(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: run.data + "/m"))
      }
    }
  }
}
