import Foundation
import Runs
import Tensors
import TestSupport
import Testing

extension CommandTests {
  /// The same weights, masks and metrics, bit for bit, whoever computes them.
  @Suite struct SameBitsTests {
    private static let adam = ["training.batch=120"]
    private static let sgd = [
      "training.batch=130", "training.optimizer=sgd", "training.learning_rate=0.05",
      "training.nesterov=true", "training.schedule=cosine", "training.label_smoothing=0.1",
      "training.clip_norm=0.5", "pruning.dead_below=0.05",
    ]

    /// Eight blocks and a last batch of 70 images with Adam; nine blocks and one of 30 with SGD.
    @Test(arguments: [adam, sgd])
    func atAnyNumberOfRanks(settings: [String]) throws {
      let run = try SmallRun()
      let one = Fingerprint(run, try run(ranks: 1, settings))
      let prunes = run.prunes
      #expect(prunes.count == 2)
      #expect(prunes.allSatisfy { $0.kept < $0.total })
      for ranks in [2, 3, 4, 5, 8] {
        let several = Fingerprint(run, try run(ranks: ranks, settings))
        #expect(several == one, "\(ranks) ranks")
      }
    }

    @Test func ofConvolutions() throws {
      let run = try SmallRun()
      let settings = [
        "network.name=lenet5", "data.limit=250", "data.augment=true", "training.optimizer=adamw",
        "training.clip_norm=0.2", "training.initialisation=xavier", "pruning.criterion=taylor",
        "pruning.count=own",
      ]
      let one = Fingerprint(run, try run(ranks: 1, settings))
      for ranks in [3, 8] {
        #expect(Fingerprint(run, try run(ranks: ranks, settings)) == one, "\(ranks) ranks")
      }
    }

    /// Colour images that are decoded anew by each job; batch norm over all ranks, residual blocks
    /// and augmentation; one batch of 42 images in three blocks, so that two of five ranks run
    /// idle.
    @Test func ofDecodedImagesAndResidualBlocks() throws {
      let run = try SmallRun(training: 10, test: 10)
      let images = try run.tinyImageNet(training: 15)
      let settings =
        images.list + [
          "data.augment=true", "training.optimizer=sgd", "training.learning_rate=0.05",
          "training.batch=80", "training.epochs=1", "pruning.iterations=1",
          "pruning.retrain_epochs=1",
        ]
      let one = Fingerprint(run, try run(ranks: 1, settings))
      #expect(run.prunes.count == 1)
      for ranks in [2, 3, 5] {
        try FileManager.default.removeItem(atPath: images.cache)
        #expect(Fingerprint(run, try run(ranks: ranks, settings)) == one, "\(ranks) ranks")
      }
    }

    /// A recipe with batch norm, its training images, what is set, and at how many ranks to run it
    /// beside 1.
    typealias RanksOfRecipe = (recipe: String, images: Int, settings: [String], ranks: [Int])

    /// 150 images are a batch of eight lane blocks and one of two; 113 are one of eight.
    private static let recipesWithBatchNorm: [RanksOfRecipe] = {
      let all = [2, 3, 4, 5, 8]
      // VGG-like has 15 million parameters: RELIEF_SOAK=1 takes it to every number of ranks.
      let soaks = ProcessInfo.processInfo.environment["RELIEF_SOAK"] == "1"
      return [
        ("resnet20-cifar10", 150, [], all),
        ("resnet20-cifar10-adam", 150, ["pruning.criterion=taylor"], all),
        ("wide-resnet-22-2-cifar10", 113, [], soaks ? all : [3, 8]),
        ("vgg-like-cifar10", 113, [], soaks ? all : [3, 8]),
      ] + (soaks ? [("vgg-like-cifar10-sgd", 113, [], all)] : [])
    }()

    /// Batch norm over all ranks, residual blocks, dropout, augmentation, SGD and Adam, and a batch
    /// that leaves most of eight ranks without images.
    @Test(arguments: recipesWithBatchNorm)
    func ofNetworksWithBatchNorm(_ network: RanksOfRecipe) throws {
      let run = try SmallRun(cifarRecipe: network.recipe, training: network.images)
      let one = Fingerprint(run, try run(ranks: 1, network.settings))
      let prune = try #require(run.prunes.first)
      #expect(prune.kept < prune.total)
      #expect(run.end?.stateSha256.count == 64)
      for ranks in network.ranks {
        let several = Fingerprint(run, try run(ranks: ranks, network.settings))
        #expect(several == one, "\(ranks) ranks")
      }
    }

    /// Local batch norms give one rank the same bits, several ranks others, but always the same.
    @Test func ofLocalBatchNorms() throws {
      let run = try SmallRun(cifarRecipe: "resnet20-cifar10", training: 113)
      let synchronised = Fingerprint(run, try run(ranks: 1))
      let local = ["training.batch_norm=local"]
      #expect(Fingerprint(run, try run(ranks: 1, local)) == synchronised)
      let several = Fingerprint(run, try run(ranks: 2, local))
      #expect(several != synchronised)
      #expect(Fingerprint(run, try run(ranks: 2, local)) == several)
    }

    @Test func inAnotherRun() throws {
      let run = try SmallRun()
      let first = Fingerprint(run, try run(ranks: 2))
      #expect(Fingerprint(run, try run(ranks: 2)) == first)
    }

    /// Whoever changes a bit counts up `RunIdentity.resultVersion`, so that no run goes on to other
    /// results, and puts the new states here.
    @Test func areThoseOfTheResultVersion() throws {
      let states = [
        try state(of: SmallRun()),
        try state(of: SmallRun(cifarRecipe: "resnet20-cifar10", training: 113)),
      ]
      #expect(RunIdentity.resultVersion == 2)
      #expect(states == ["ce507361870485bd", "251b1a289f83b9a6"])
    }

    private func state(of run: SmallRun) throws -> String {
      #expect(try run().code == 0)
      return String(try #require(run.end).stateSha256.prefix(16))
    }

    /// Equal prints would mean nothing if they were always equal.
    @Test func butNotOfAnotherSeed() throws {
      let run = try SmallRun()
      let first = Fingerprint(run, try run())
      #expect(Fingerprint(run, try run(["training.seed=1"])) != first)
    }

    @Test func withoutMPI() throws {
      let run = try SmallRun()
      let launched = Fingerprint(run, try run(ranks: 3))
      try FileManager.default.removeItem(atPath: run.folder)
      let alone = try Shell.run(["\(Shell.products)/relief-dist"] + run.flags())
      #expect(Fingerprint(run, alone) == launched)
    }

    private static let narrower = KernelSet.available.dropFirst().map(\.name)

    @Test(.enabled(if: !narrower.isEmpty, "the processor has portable kernels only"))
    func onAnyKernelSet() throws {
      let run = try SmallRun()
      let widest = Fingerprint(run, try run(ranks: 2))
      for name in Self.narrower {
        let narrow = try run(ranks: 2, environment: ["RELIEF_KERNELS": name])
        #expect(Fingerprint(run, narrow) == widest, "\(name)")
        let description = try String(contentsOfFile: "\(run.folder)/run.json", encoding: .utf8)
        #expect(description.contains("\"kernel_set\" : \"\(name)\""))
      }
    }

    /// OpenBLAS adds in another order than our kernels, but always in the same one.
    @Test func withOpenBLASAtAnyNumberOfRanks() throws {
      let run = try SmallRun()
      let lane = Fingerprint(run, try run())
      let laneAccuracy = try #require(run.end?.testAccuracy)
      let one = Fingerprint(run, try run(["training.kernels=openblas"]))
      let accuracy = try #require(run.end?.testAccuracy)
      #expect(one != lane)
      #expect(abs(accuracy - laneAccuracy) <= 0.03)
      for ranks in [2, 3, 8] {
        let several = Fingerprint(run, try run(ranks: ranks, ["training.kernels=openblas"]))
        #expect(several == one, "\(ranks) ranks")
      }
    }
  }
}
