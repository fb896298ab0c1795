import Foundation
import Outcomes
import Runs
import Storage
import TestSupport
import Testing

extension CommandTests {
  /// Disks that fail and processes that die while a checkpoint is written.
  @Suite struct FaultTests {
    private static let errors = [
      "ENOSPC": "No space left on device", "EIO": "Input/output error",
      "EDQUOT": "Disk quota exceeded",
    ]

    /// A folder with a checkpoint, and a newer one to be saved there.
    private struct Save {
      let folder: TemporaryFolder
      private let logs: TemporaryFolder
      let older, newer: String
      var checkpoints: CheckpointFolder { CheckpointFolder(folder.path) }

      init() throws {
        let finished = try FinishedRun.once.get().run
        let names = try finished.checkpoints()
        (folder, logs) = (try TemporaryFolder(), try TemporaryFolder())
        (older, newer) = (names[1], "\(finished.folder)/checkpoints/\(names[2])")
        try FileManager.default.copyItem(
          atPath: "\(finished.folder)/checkpoints/\(older)", toPath: "\(folder.path)/\(older)")
      }

      /// Saves the newer one and removes the older, with a fault at a call of the system.
      func run(_ kind: String, call: Int, rank: Int? = nil, ranks: Int = 0) throws -> Shell.Outcome
      {
        var environment = [
          "LD_PRELOAD": "\(Shell.products)/libFaultyCalls.so", "FAULT_PATH": folder.path,
          "FAULT_KIND": kind, "FAULT_CALL": "\(call)", "FAULT_LOG": log,
        ]
        environment["FAULT_RANK"] = rank.map(String.init)
        let program = "\(Shell.products)/checkpoint-saver"
        let arguments = [newer, folder.path, "1"]
        return ranks == 0
          ? try Shell.run([program] + arguments, environment: environment)
          : try Shell.reliefDist(
            ranks: ranks, arguments, program: program, environment: environment)
      }

      var names: [String] { get throws { try Folder.names(in: folder.path).sorted() } }

      /// The calls that the last save made.
      var calls: [String] {
        ((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").split(separator: "\n").map(
          String.init)
      }

      private var log: String { logs.path + "/calls" }
    }

    /// The calls of a save that nothing happens to.
    private static let calls = Result {
      let save = try Save()
      _ = try save.run("none", call: 0)
      return save.calls
    }

    @Test func countsEveryCallOfASave() throws {
      let calls = try Self.calls.get()
      for name in [
        "open", "pwrite", "fsync", "fsync-folder", "rename", "opendir", "readdir", "unlink",
        "close",
      ] {
        #expect(calls.contains(name))
      }
      #expect(calls.count { $0.hasPrefix("fsync") } == 2)
    }

    /// Killed before any call or in the midst of a write: there is a whole checkpoint, and the next
    /// save works.
    @Test(
      .timeLimit(.minutes(2)), .tags(.timing), .unlessTimingIsLeftOut, arguments: ["kill", "torn"])
    func killedAtEveryCall(kind: String) throws {
      for call in 1...(try Self.calls.get().count) {
        let save = try Save()
        let outcome = try save.run(kind, call: call)
        #expect(outcome.code == 128 + SIGKILL)
        try expectWhole(save, "\(kind) at call \(call)")
        #expect(try save.run("none", call: 0).code == 0)
        #expect(try save.checkpoints.newest { _ in }?.steps == 28)
      }
    }

    /// What the disk refuses is said, and what was there is there still; an old file that cannot be
    /// removed is no reason to fail.
    @Test(.timeLimit(.minutes(2)), arguments: errors.keys.sorted())
    func refusedAtEveryCall(kind: String) throws {
      let words = try #require(Self.errors[kind])
      let calls = try Self.calls.get()
      let saved = try #require(calls.firstIndex(of: "opendir"))
      for (index, name) in calls.enumerated() where !name.hasPrefix("close") {
        let save = try Save()
        let outcome = try save.run(kind, call: index + 1)
        let place = "\(kind) at call \(index + 1), \(name)"
        #expect(outcome.errors.contains(words), "\(place): \(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1, "\(place)")
        #expect(outcome.code == (index < saved ? 74 : 0), "\(place)")
        try expectWhole(save, place)
        #expect(try save.names.allSatisfy { !$0.hasSuffix(OutputFile.partialSuffix) }, "\(place)")
      }
    }

    /// Interrupted calls and half writes are nothing to speak of.
    @Test(.timeLimit(.minutes(2)), arguments: ["EINTR", "short"])
    func interruptedAtEveryCall(kind: String) throws {
      let calls = try Self.calls.get()
      let saved = try #require(calls.firstIndex(of: "opendir"))
      for call in 1...saved {
        let save = try Save()
        let outcome = try save.run(kind, call: call)
        #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(kind) at call \(call)")
        #expect(try save.names == [(save.newer as NSString).lastPathComponent])
        try expectWhole(save, "\(kind) at call \(call)")
      }
    }

    /// Three ranks write a share each; whichever meets a full disk, all end.
    @Test(.timeLimit(.minutes(1)), arguments: [0, 1, 2])
    func refusedToOneRank(rank: Int) throws {
      let save = try Save()
      let outcome = try save.run("ENOSPC", call: 0, rank: rank, ranks: 3)
      #expect(save.calls.contains("pwrite"))
      #expect(outcome.code == 74 && outcome.errors.contains("No space left"))
      #expect(outcome.errors.split(separator: "\n").count == 1)
      #expect(try save.names == [save.older])
    }

    @Test(arguments: [1, 2, 3, 5])
    func savedBySeveralRanks(ranks: Int) throws {
      let save = try Save()
      #expect(try save.run("none", call: 0, ranks: ranks).code == 0)
      let path = "\(save.folder.path)/\((save.newer as NSString).lastPathComponent)"
      #expect(FileManager.default.contentsEqual(atPath: path, andPath: save.newer))
    }

    /// A run whose disk has no room for checkpoints says so each time, and comes to its end.
    @Test(arguments: [1, 2])
    func runsWithoutRoom(ranks: Int) throws {
      let run = try SmallRun()
      let outcome = try run(
        ranks: ranks, FinishedRun.settings, more: ["--quiet"], environment: Self.full(run))
      #expect(outcome.code == 0)
      #expect(try Fingerprint(run, outcome) == FinishedRun.once.get().fingerprint)
      let lines = outcome.errors.split(separator: "\n")
      #expect(lines.count == 7, "\(lines)")
      for line in lines { #expect(line.contains("No space left") && line.hasSuffix("; going on")) }
      #expect(try run.checkpoints().isEmpty)
    }

    /// Other files are written beside their places, too: what cannot be whole is not left there.
    @Test func leavesNoPartOfAFile() throws {
      let run = try SmallRun()
      let outcome = try run(
        more: ["--quiet"],
        environment: Self.full(run).merging(["FAULT_PATH": "\(run.folder)/recipe.toml"]) { $1 })
      #expect(outcome.code == ExitCode.inputOutput.rawValue)
      #expect(outcome.errors.contains("recipe.toml") && outcome.errors.contains("No space left"))
      #expect(
        try Folder.names(in: run.folder).allSatisfy { !$0.contains("recipe.toml") })
    }

    /// One that is told to stop cannot be saved: all its ranks end, with the code of that.
    @Test(.timeLimit(.minutes(1)), arguments: [1, 3])
    func stopsWithoutRoom(ranks: Int) throws {
      let run = try SmallRun()
      let job = try run.start(
        ranks: ranks, ["training.epochs=60000", "checkpoint.epochs=0"], more: ["--quiet"],
        environment: Self.full(run))
      #expect(job.wait { run.records.count > 2 })
      job.send(SIGTERM)
      let outcome = job.wait()
      #expect(outcome.code == ExitCode.inputOutput.rawValue)
      let lines = outcome.errors.split(separator: "\n")
      #expect(lines.count == 1 && lines[0].contains("No space left"), "\(lines)")
      #expect(Shell.processes(naming: run.folder).isEmpty)
    }

    /// Networks and records that find no room for a while come when there is some.
    @Test(arguments: [("iterations/", 1, 2), ("metrics.jsonl", 2, 4)])
    func runsWhileThereIsNoRoom(path: String, first: Int, last: Int) throws {
      let run = try SmallRun()
      let outcome = try run(
        FinishedRun.settings, more: ["--quiet"],
        environment: Self.full(run, path).merging([
          "FAULT_FIRST": "\(first)", "FAULT_LAST": "\(last)",
        ]) { $1 })
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(try Fingerprint(run, outcome) == FinishedRun.once.get().fingerprint)
      let lines = outcome.errors.split(separator: "\n")
      for line in lines { #expect(line.contains("No space left") && line.hasSuffix("; going on")) }
      #expect(lines.contains { $0.contains(path) && !$0.hasPrefix("no checkpoint") }, "\(lines)")
      let networks = try Folder.names(in: "\(run.folder)/iterations").sorted()
      #expect(networks == (0...2).map { "\($0).safetensors" })
    }

    /// A network that never finds room ends the run at its end, and once there is some the same
    /// command comes to what it would have come to.
    @Test func endsWithoutRoom() throws {
      let run = try SmallRun()
      let outcome = try run(
        FinishedRun.settings, more: ["--quiet"], environment: Self.full(run, "iterations/1."))
      #expect(outcome.code == ExitCode.inputOutput.rawValue)
      let last = outcome.errors.split(separator: "\n").last ?? ""
      #expect(
        last.contains("iterations/1.safetensors") && last.contains("No space left"), "\(last)")
      #expect(last.contains("the result is not saved; see to it, and the same command goes on"))
      #expect(try run.checkpoints().count > 0)
      let again = try run.again(FinishedRun.settings)
      #expect(try Fingerprint(run, again) == FinishedRun.once.get().fingerprint)
    }

    /// File systems of clusters have no locks, and cannot bring a folder to disk or reserve space.
    @Test(arguments: ["ENOSYS", "ENOTSUPP"])
    func runsWithoutWhatAFileSystemLacks(kind: String) throws {
      let run = try SmallRun(training: 10, test: 10)
      let images = try run.tinyImageNet()
      let outcome = try run(
        images.list + ["training.epochs=1", "pruning.iterations=0"], more: ["--quiet"],
        environment: Self.full(run, run.data).merging([
          "FAULT_KIND": kind, "FAULT_CALL": "flock,fsync-folder,posix_fallocate",
        ]) { $1 })
      #expect(outcome.code == 0, "\(outcome.errors)")
      let lines = outcome.errors.split(separator: "\n")
      #expect(lines.count == 1 && lines[0].contains("no locks here"), "\(lines)")
      #expect(try Folder.names(in: images.cache).count == 1)
    }

    private static func full(_ run: SmallRun, _ path: String = "checkpoints") -> [String: String] {
      [
        "LD_PRELOAD": "\(Shell.products)/libFaultyCalls.so",
        "FAULT_PATH": path.hasPrefix("/") ? path : "\(run.folder)/\(path)",
        "FAULT_KIND": "ENOSPC", "FAULT_CALL": "0",
      ]
    }

    private func expectWhole(_ save: Save, _ place: String) throws {
      var notices: [String] = []
      let steps = try save.checkpoints.newest { notices.append($0) }?.steps
      #expect(steps == 24 || steps == 28, "\(place)")
      #expect(notices.isEmpty, "\(place): \(notices)")
    }
  }
}
