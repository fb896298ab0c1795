import Foundation
import Outcomes
import Storage
import TestSupport
import Testing

extension CommandTests {
  /// What a user who is not root meets.
  @Suite(
    .enabled(
      if: OtherUser.launcher(of: "\(Shell.products)/relief-dist") != nil,
      "needs root, and a checkout that every user may enter"))
  struct OtherUserTests {
    private let run: SmallRun

    init() throws {
      run = try SmallRun(training: 60, test: 20)
      #expect(chmod(run.data, 0o777) == 0)
    }

    /// Starts the run as nobody.
    private func runAsNobody(_ settings: [String]) throws -> Shell.Outcome {
      let program = "\(Shell.products)/relief-dist"
      let launcher = try #require(OtherUser.launcher(of: program))
      return try Shell.run(launcher + [program] + run.flags(settings))
    }

    @Test func aFolderThatMayNotBeEntered() throws {
      let folder = "\(run.data)/closed"
      try Folder.make(folder, isPrivate: true)
      let outcome = try runAsNobody(["data.path=\(folder)/mnist"])
      #expect(outcome.code == ExitCode.inputOutput.rawValue)
      let reason = "stat: Permission denied; let user 65534 enter \(folder)"
      #expect(outcome.errors == "relief-dist: error: \(folder)/mnist: \(reason)\n")
    }

    /// Root's decoded images are taken, and stay.
    @Test func rootsDecodedImages() throws {
      let images = try run.tinyImageNet()
      let settings = images.list + ["training.epochs=1", "pruning.iterations=0"]
      let first = try run(settings)
      #expect(first.code == 0 && first.errors.contains("Decoding 18 images"))
      try FileManager.default.removeItem(atPath: run.folder)
      let second = try runAsNobody(settings)
      #expect(second.code == 0, "\(second.errors)")
      #expect(!second.errors.contains("ecoding"), "\(second.errors)")
      #expect(try Folder.names(in: images.cache).count == 1)
    }
  }
}
