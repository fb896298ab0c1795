import Foundation
import Machine
import Outcomes
import TestSupport
import Testing

extension CommandTests {
  /// How jobs start: by `launch/local` in whatever surroundings, and by other launchers.
  @Suite struct LaunchTests {
    private static let local = "\(Shell.root)/launch/local"

    /// Nothing of a cluster, of a job around this one or of MPI's settings keeps a job of this
    /// machine from starting, and the launcher's own flags may stand after others.
    @Test func startsInHostileSurroundings() throws {
      let home = try TemporaryFolder()
      try FileManager.default.createDirectory(
        atPath: home.path + "/.openmpi", withIntermediateDirectories: true)
      try home.write(Array("plm = slurm\nrmaps = seq\n".utf8), to: ".openmpi/mca-params.conf")
      let outcome = try Shell.run(
        [Self.local, "bench", "--steps", "2", "-n", "2"],
        environment: [
          "HWLOC_SYNTHETIC": "pack:1 core:1 pu:2", "HWLOC_THISSYSTEM": "1", "SLURM_JOBID": "77",
          "SLURM_NODELIST": ProcessInfo.processInfo.hostName, "SLURM_TASKS_PER_NODE": "1",
          "PBS_JOBID": "7", "PBS_ENVIRONMENT": "PBS_BATCH", "LSB_JOBID": "7",
          "OMPI_MCA_pml": "cm", "OMPI_MCA_rmaps_base_mapping_policy": "ppr:1:node",
          "OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0", "PMIX_RANK": "0",
          "PMIX_NAMESPACE": "gone", "PMIX_SERVER_URI2": "gone", "PMIX_MCA_psec": "munge",
          "TMPDIR": "/nowhere", "HOME": home.path, "OMP_NUM_THREADS": "7",
          "RELIEF_DIST": "\(Shell.products)/relief-dist",
        ])
      #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
      #expect(try JSON.lines(outcome.output).first?["world_size"] as? Int == 2)
    }

    /// What mpirun says where it refuses is shown, with what to do.
    @Test(arguments: ["echo 'no slots' >&$OPAL_OUTPUT_STDERR_FD; exit 1", "exit 3"])
    func saysThatMPIRunRefuses(refusal: String) throws {
      let folder = try TemporaryFolder()
      let mpirun = try folder.program("mpirun", refusal)
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      let program = "\(Shell.products)/relief-dist"
      let outcome = try Shell.run(
        [Self.local, "-n", "2", "--quick"],
        environment: ["PATH": "\(folder.path):\(path)", "RELIEF_DIST": program])
      #expect(outcome.code == (refusal == "exit 3" ? 3 : 1))
      let lines = outcome.errors.split(separator: "\n")
      #expect((lines.first == "no slots") == (refusal != "exit 3"))
      let last = try #require(lines.last)
      #expect(last.hasPrefix("local: \(mpirun) did not start the ranks"), "\(lines)")
      #expect(last.contains("\(program) --quick"))
    }

    /// No more ranks than the batch feeds start by themselves, and no more than there are places.
    @Test(arguments: [(places: 12, most: 8, ranks: 8), (places: 3, most: 8, ranks: 3)])
    func ranksByDefault(places: Int, most: Int, ranks: Int) throws {
      let program = try MadeUpProgram(
        machine: String(repeating: "echo place 0-4095\n", count: places), most: most,
        rank: "echo rank of $OMPI_COMM_WORLD_SIZE")
      let outcome = try program(["--output", "x"], threads: 2)
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(outcome.output == String(repeating: "rank of \(ranks)\n", count: ranks))
      let notice =
        outcome.errors.contains("ranks: 8 on 12 cores") && outcome.errors.contains("batch")
      #expect(places > most ? notice : outcome.errors.isEmpty, "\(outcome.errors)")
    }

    /// What one process tells is told once, and an evaluation has as many ranks as there are cores.
    @Test func commandsOfOneProcessAndEvaluations() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      let environment = ["RELIEF_DIST": "\(Shell.products)/relief-dist"]
      let (model, folder) = (run.data + "/model", run.folder)
      for words in [
        ["metrics", folder], ["status", folder], ["report", folder],
        ["export", folder, "--format", "onnx", "--output", model, "--force"],
        ["evaluate", folder, "--json"],
      ] {
        let local = try Shell.run([Self.local] + words, environment: environment)
        #expect(local.code == 0, "\(words) \(local.errors)")
        let launched = try Shell.reliefDist(ranks: 2, words)
        #expect(launched.code == 0, "\(words) \(launched.errors)")
        let lines = local.output.split(separator: "\n").count
        #expect(lines > 0 && launched.output.split(separator: "\n").count == lines, "\(words)")
      }
    }

    /// What the recipe's batch feeds is asked of the program; a mistake is said before mpirun
    /// starts.
    @Test func asksHowManyRanksTheBatchFeeds() throws {
      func most(_ arguments: [String]) throws -> Shell.Outcome {
        try Shell.run(["\(Shell.products)/relief-dist"] + arguments + ["--most-ranks"])
      }
      #expect(try most(["--quick", "--output", "/nowhere/x"]).output == "8\n")
      #expect(try most(["--set", "training.batch=33"]).output == "3\n")
      #expect(try most(["bench", "--batch", "200"]).output == "13\n")
      let local = try Shell.run(
        [Self.local, "--recipe", "none"],
        environment: ["RELIEF_DIST": "\(Shell.products)/relief-dist", "PATH": "/usr/bin:/bin"])
      #expect(local.code == ExitCode.badConfiguration.rawValue)
      #expect(local.errors.split(separator: "\n").count == 1)
    }

    /// Ranks stay on the processors that the launcher may use, with a core for each and without.
    @Test(arguments: [[], ["-n", "2"]])
    func staysInsideTheMask(flags: [String]) throws {
      let processor = try #require(UsableCores().processors.last?.last)
      let program = try MadeUpProgram(
        machine: "\"\(Shell.products)/relief-dist\" machine", most: 8,
        rank: "grep Cpus_allowed_list /proc/self/status")
      let outcome = try program(flags, launcher: ["taskset", "-c", "\(processor)"])
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(
        outcome.output
          == String(repeating: "Cpus_allowed_list:\t\(processor)\n", count: max(1, flags.count)))
    }

    /// A rank that the kernel killed while its count of such kills rose was too large.
    @Test(arguments: [true, false])
    func saysThatMemoryRanOut(isShort: Bool) throws {
      let folder = try TemporaryFolder()
      let program = try MadeUpProgram(
        machine: """
          echo place 0-4095
          echo memory-limit 64000000
          echo memory-kills $(cat "\(folder.path)/kills" 2>/dev/null || echo 4)
          """, most: 8,
        rank: (isShort ? "echo 5 >\"\(folder.path)/kills\"; " : "") + "kill -KILL $$")
      let outcome = try program(["-n", "1"])
      #expect(outcome.code == 128 + SIGKILL)
      #expect(outcome.errors.hasPrefix("local: SIGKILL ended rank 0, and with it the job\n"))
      for word in ["memory ran out", "64 MB", "relief-dist plan", "training.batch"] {
        #expect(outcome.errors.contains(word) == isShort, "\(outcome.errors)")
      }
      #expect(outcome.errors.split(separator: "\n").count == (isShort ? 2 : 1))
    }

    /// Under nohup ranks ignore SIGHUP as their launcher does.
    @Test func handsOnNohup() throws {
      let program = try MadeUpProgram(
        machine: "echo place 0-4095", most: 8, rank: "grep SigIgn /proc/self/status")
      func ignored(_ launcher: [String]) throws -> Int {
        let line = try program(["-n", "1"], launcher: launcher).output.split(separator: "\t").last
        return try #require(line.flatMap { Int($0.dropLast(), radix: 16) })
      }
      #expect(try ignored(["env", "--ignore-signal=HUP"]) & 1 == 1)
      #expect(try ignored([]) & 1 == 0)
    }

    private static let scripts = [
      "launch/local", "launch/quickstart", "launch/test", "launch/install", "launch/fuzz",
      "launch/soak", "launch/sanitize", "Benchmarks/two-hosts",
    ]

    /// Each explains itself, through a symbolic link from another folder too.
    @Test(arguments: scripts)
    func helps(script: String) throws {
      let folder = try TemporaryFolder()
      let link = "\(folder.path)/link"
      try FileManager.default.createSymbolicLink(
        atPath: link, withDestinationPath: "\(Shell.root)/\(script)")
      let outcome = try Shell.run([link, "--help"], folder: folder.path)
      #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
      #expect(outcome.output.contains("\n  \(script) "))
    }

    /// Processes that were started together and do not find each other would each run the job.
    @Test func ranksThatDoNotFindEachOtherStop() throws {
      let run = try SmallRun(training: 60, test: 20)
      let task = [
        "SLURM_PROCID": "1", "SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "2",
        "SLURM_NTASKS": "2",
      ]
      let outcome = try run(environment: task)
      #expect(outcome.code == ExitCode.badConfiguration.rawValue)
      #expect(outcome.errors.split(separator: "\n").count == 1)
      #expect(
        outcome.errors.hasPrefix("relief-dist: error: srun has started 2 processes"),
        "\(outcome.errors)")
      #expect(outcome.errors.contains("srun --mpi=pmix relief-dist"))
      #expect(!FileManager.default.fileExists(atPath: run.folder))
      let help = try Shell.run(["\(Shell.products)/relief-dist", "--help"], environment: task)
      #expect(help.code == 0 && help.output.contains("launch/local"))
      let plan = try Shell.run(["\(Shell.products)/relief-dist", "plan"], environment: task)
      #expect(plan.code == ExitCode.usage.rawValue)
    }

    /// A program without its recipes says where they should lie.
    @Test func programAloneKnowsNoRecipe() throws {
      let folder = try TemporaryFolder()
      let program = folder.path + "/bin/relief-dist"
      try FileManager.default.createDirectory(
        atPath: folder.path + "/bin", withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: "\(Shell.products)/relief-dist", toPath: program)
      let outcome = try Shell.run([program, "--quick"])
      #expect(outcome.code == ExitCode.missingInput.rawValue)
      #expect(outcome.errors.split(separator: "\n").count == 1)
      let place = URL(fileURLWithPath: folder.path).resolvingSymlinksInPath().path
      #expect(outcome.errors.contains("\(place)/share/relief-dist/recipes: not found"))
      #expect(outcome.errors.contains("launch/install"))
    }
  }
}

/// A program in the place of relief-dist that answers `launch/local` as a test wants, and whose
/// ranks are shell commands, without MPI.
private struct MadeUpProgram {
  private let folder: TemporaryFolder

  init(machine: String, most: Int, rank: String) throws {
    folder = try TemporaryFolder()
    try folder.program(
      "relief-dist",
      """
      if [ "$1" = machine ]; then
      \(machine)
      elif [ "${!#}" = --most-ranks ]; then
      echo \(most)
      else
      \(rank)
      fi
      """)
  }

  func callAsFunction(
    _ arguments: [String], launcher: [String] = [], threads: Int? = nil
  ) throws -> Shell.Outcome {
    var environment = ["RELIEF_DIST": "\(folder.path)/relief-dist"]
    environment["OMP_NUM_THREADS"] = threads.map(String.init)
    return try Shell.run(
      launcher + ["\(Shell.root)/launch/local"] + arguments, environment: environment)
  }
}

extension TemporaryFolder {
  /// Writes a shell script to it that can be run, and returns its path.
  @discardableResult
  fileprivate func program(_ name: String, _ text: String) throws -> String {
    let path = try write(Array("#!/bin/bash\n\(text)\n".utf8), to: name)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }
}
