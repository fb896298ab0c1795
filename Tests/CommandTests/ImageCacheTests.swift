import Foundation
import Outcomes
import Storage
import TestSupport
import Testing

extension CommandTests {
  /// Images that are decoded once into a file that ranks share.
  @Suite struct ImageCacheTests {
    private static let untrained = ["training.epochs=1", "pruning.iterations=0"]

    @Test func isSaidOnceAndUsedAgain() throws {
      let run = try SmallRun(training: 10, test: 10)
      let images = try run.tinyImageNet()
      let settings = images.list + Self.untrained
      let first = try run(ranks: 3, settings)
      #expect(first.code == 0)
      let notices = first.errors.split(separator: "\n").filter { $0.hasPrefix("Decoding 18 ") }
      #expect(notices.count == 1 && notices.first?.contains(images.cache) == true)
      let second = try run(ranks: 2, settings)
      #expect(!second.errors.contains("Decoding"))
      let file = try #require(try Folder.names(in: images.cache).first)
      try Data("damage".utf8).write(to: URL(fileURLWithPath: "\(images.cache)/\(file)"))
      let third = try run(ranks: 3, settings)
      #expect(third.errors.ranges(of: "decoding 18 images of tiny-imagenet again").count == 1)
      let states = [first, second, third].map { $0.output.split(separator: "\n").last }
      #expect(states[0]?.hasPrefix("state ") == true && Set(states).count == 1)
    }

    @Test func liesInTheUsersCacheFolder() throws {
      let run = try SmallRun(training: 10, test: 10)
      let images = try run.tinyImageNet()
      let settings = images.list + Self.untrained + ["data.cache=\"\""]
      let (home, user) = ("\(run.data)/home", "\(run.data)/user")
      for (environment, folder) in [
        (["HOME": home, "XDG_CACHE_HOME": ""], "\(home)/.cache"),
        (["HOME": home, "XDG_CACHE_HOME": user], user),
      ] {
        try Folder.make(home)
        #expect(try run(ranks: 1, settings, environment: environment).code == 0)
        #expect(try Folder.names(in: "\(folder)/relief-dist").count == 1)
      }
    }

    @Test func twoJobsAtOnce() throws {
      let run = try SmallRun(training: 10, test: 10)
      let images = try run.tinyImageNet(training: 30, test: 60)
      let script = """
        "$@" --output "$0/1" & "$@" --output "$0/2"; code=$?; wait $! || exit; exit $code
        """
      let outcome = try Shell.run(
        ["bash", "-c", script, "\(run.data)/jobs", "\(Shell.products)/relief-dist"]
          + run.flags(images.list + Self.untrained + ["data.limit=20"]))
      #expect(outcome.code == 0, "\(outcome.errors)")
      let states = outcome.output.split(separator: "\n").filter { $0.hasPrefix("state ") }
      #expect(states.count == 2 && Set(states).count == 1)
      #expect(try Folder.names(in: images.cache).count == 1)
    }

    @Test func spaceThatIsRefusedIsAskedForFirst() throws {
      let run = try SmallRun(training: 10, test: 10)
      let images = try run.tinyImageNet()
      // No file may have more than 64 KiB: the limit of a disk that every machine has.
      let script = "trap '' XFSZ; ulimit -f 64; exec \"$@\""
      let outcome = try Shell.run(
        ["bash", "-c", script, "bash", "\(Shell.products)/relief-dist"] + run.flags(images.list))
      #expect(outcome.code == ExitCode.inputOutput.rawValue)
      for part in ["posix_fallocate", "bytes are needed", "data.cache"] {
        #expect(outcome.errors.contains(part), "\(outcome.errors)")
      }
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      #expect(try Folder.names(in: images.cache).isEmpty)
    }
  }
}
