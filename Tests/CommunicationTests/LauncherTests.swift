import Communication
import Testing

@Suite struct LauncherTests {
  /// What Slurm leaves in the environment of a task of a step.
  private static let task = [
    "SLURM_JOB_ID": "7", "SLURM_NTASKS": "16", "SLURM_PROCID": "3", "SLURM_STEP_ID": "0",
    "SLURM_STEP_NUM_TASKS": "16",
  ]

  struct Case: CustomTestStringConvertible, Sendable {
    let environment: [String: String]
    let name: String
    let processes: Int
    var testDescription: String { "\(name) \(processes)" }
  }

  private static let several = [
    Case(environment: task, name: "srun", processes: 16),
    Case(
      environment: task.merging(["PMI_RANK": "3", "PMI_SIZE": "16"]) { $1 }, name: "srun",
      processes: 16),
    Case(environment: ["OMPI_COMM_WORLD_SIZE": "4"], name: "mpirun", processes: 4),
    Case(
      environment: task.merging(["OMPI_COMM_WORLD_SIZE": "4"]) { $1 }, name: "mpirun",
      processes: 4),
    Case(environment: ["FLUX_JOB_SIZE": "2", "PMI_SIZE": "2"], name: "flux", processes: 2),
    Case(
      environment: ["PALS_RANKID": "0", "PMI_SIZE": "8"], name: "mpiexec of PALS", processes: 8),
    Case(environment: ["JSM_NAMESPACE_SIZE": "6"], name: "jsrun", processes: 6),
    Case(environment: ["MV2_COMM_WORLD_SIZE": "6"], name: "mpirun of MVAPICH", processes: 6),
    Case(
      environment: ["PMI_RANK": "0", "PMI_SIZE": "2"],
      name: "mpiexec of another MPI (MPICH, Intel MPI)", processes: 2),
  ]

  @Test("who has started several processes is known by what it leaves", arguments: several)
  func isKnown(_ one: Case) throws {
    let launcher = try #require(Launcher(environment: one.environment))
    #expect(launcher.name == one.name && launcher.processes == one.processes)
  }

  /// Started by hand in a shell, a batch script or an interactive step, or as the only one.
  private static let alone: [[String: String]] = [
    [:],
    ["SLURM_JOB_ID": "7", "SLURM_NTASKS": "16"],
    ["SLURM_JOB_ID": "7", "SLURM_NTASKS": "16", "SLURM_PROCID": "0", "ENVIRONMENT": "BATCH"],
    task.merging(["SLURM_STEP_NUM_TASKS": "1"]) { $1 },
    task.merging(["SLURM_STEP_ID": "4294967290"]) { $1 },
    task.merging(["SLURM_PTY_PORT": "40000"]) { $1 },
    task.merging(["OMPI_COMM_WORLD_SIZE": "1"]) { $1 },
    ["PMI_SIZE": "1"], ["PMI_SIZE": "many"],
  ]

  @Test("a process that was started alone has no launcher", arguments: alone)
  func isNone(environment: [String: String]) {
    #expect(Launcher(environment: environment) == nil)
  }
}
