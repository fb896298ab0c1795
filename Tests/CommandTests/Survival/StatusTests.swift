import Foundation
import TestSupport
import Testing

extension CommandTests {
  /// What `status` tells of runs that go on, are killed, go on again and end.
  @Suite struct StatusTests {
    @Test(.timeLimit(.minutes(2)), .tags(.timing), .unlessTimingIsLeftOut)
    func ofARunThatIsKilledAndGoesOn() throws {
      let run = try SmallRun()
      let settings = ["training.epochs=30", "checkpoint.steps=5"]
      let job = try run.start(ranks: 2, settings)
      #expect(job.wait { run.records.count >= 5 })
      var status = try status(of: run)
      #expect(status["state"] as? String == "running")
      #expect(status["ranks"] as? Int == 2 && status["epochs"] as? Int == 30)
      #expect((status["epoch"] as? Int ?? 0) >= 5 && status["seconds_left"] is Double)
      for rank in Shell.processes(naming: run.folder, program: "relief-dist") {
        kill(rank, SIGKILL)
      }
      _ = job.wait()
      #expect(Shell.isDeserted(run.folder))
      status = try self.status(of: run)
      #expect(status["state"] as? String == "stopped" && status["restarts"] as? Int == 0)
      let started = status["started"] as? String

      #expect(try run.again(ranks: 1, settings).code == 0)
      status = try self.status(of: run)
      #expect(status["state"] as? String == "finished" && status["restarts"] as? Int == 1)
      #expect(status["started"] as? String == started && status["seconds_left"] == nil)
      let end = try #require(status["end"] as? [String: Any])
      #expect(end["kept"] as? Int == run.end?.kept)

      let followed = try Shell.run([
        "\(Shell.products)/relief-dist", "status", run.folder, "--follow",
      ])
      #expect(followed.code == 0 && followed.errors.isEmpty)
      #expect(followed.output.contains("gone on once") && followed.output.contains("finished"))
    }

    @Test(arguments: ["status", "report", "metrics"])
    func ofNoRun(command: String) throws {
      let folder = try TemporaryFolder()
      for path in [folder.path, folder.path + "/none"] {
        let outcome = try Shell.run(["\(Shell.products)/relief-dist", command, path])
        #expect(outcome.code == 66 && outcome.output.isEmpty)
        #expect(
          outcome.errors.contains("\(path)/") && outcome.errors.contains("the folder of a run"))
        #expect(outcome.errors.split(separator: "\n").count == 1)
      }
    }

    private func status(of run: SmallRun) throws -> [String: Any] {
      let outcome = try Shell.run([
        "\(Shell.products)/relief-dist", "status", run.folder, "--json",
      ])
      #expect(outcome.code == 0, "\(outcome.errors)")
      return try #require(try JSON.lines(outcome.output).first)
    }
  }
}
