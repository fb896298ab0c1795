import Foundation
import Outcomes

/// A program that has started this process as one of several, as the variables it sets tell.
package struct Launcher: Sendable, Equatable {
  /// What users call it.
  package let name: String
  /// How many processes it has started.
  package let processes: Int
  /// The command that starts ranks which find each other.
  let command: String

  /// That of this process; nil where it was started alone.
  ///
  /// - Parameter environment: its variables.
  package init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
    func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
    // The innermost counts: mpirun inside a job of Slurm leaves Slurm's variables where they are.
    if let size = number("OMPI_COMM_WORLD_SIZE") {
      guard size > 1 else { return nil }
      self.init(
        name: "mpirun", processes: size,
        command: "the mpirun of the Open MPI that relief-dist is built with")
      return
    }
    let pals = environment["PALS_RANKID"] == nil ? nil : number("PMI_SIZE")
    let candidates: [(name: String, processes: Int?, command: String)] = [
      (Self.srun, Self.slurmTasks(environment), "srun --mpi=pmix relief-dist …"),
      ("flux", number("FLUX_JOB_SIZE"), "flux run -o pmi=pmix relief-dist …"),
      ("mpiexec of PALS", pals, "mpiexec --pmi=pmix relief-dist …"),
      ("jsrun", number("JSM_NAMESPACE_SIZE"), Self.mpirun),
      ("mpirun of MVAPICH", number("MV2_COMM_WORLD_SIZE"), Self.mpirun),
      ("mpiexec of another MPI (MPICH, Intel MPI)", number("PMI_SIZE"), Self.mpirun),
    ]
    guard let found = candidates.first(where: { $0.processes ?? 1 > 1 }) else { return nil }
    self.init(name: found.name, processes: found.processes ?? 1, command: found.command)
  }

  private init(name: String, processes: Int, command: String) {
    (self.name, self.processes, self.command) = (name, processes, command)
  }

  private static let srun = "srun"
  private static let mpirun = "Open MPI's own: mpirun relief-dist …"

  /// The tasks of the step of Slurm that this process is one of.
  ///
  /// `SLURM_NTASKS` and `SLURM_PROCID` are there in batch scripts, too, and in shells that `salloc`
  /// or `srun --pty` has opened, where a process started by hand is alone.
  /// Source: `env_array_for_step` and `env_array_for_batch_job` of Slurm, src/common/env.c.
  private static func slurmTasks(_ environment: [String: String]) -> Int? {
    guard let step = environment["SLURM_STEP_ID"].flatMap({ UInt32($0) }), step < firstSpecialStep,
      environment["SLURM_PROCID"] != nil, environment["SLURM_PTY_PORT"] == nil
    else { return nil }
    return environment["SLURM_STEP_NUM_TASKS"].flatMap { Int($0) }
  }

  /// Steps of batch scripts and interactive shells have numbers from here on.
  private static let firstSpecialStep: UInt32 = 0xFFFF_FFF0

  /// The ranks that this process is one of.
  ///
  /// - Parameter warn: is told, by one process, where MPI may end all with words of its own.
  /// - Throws: `UnconnectedError` where others were started with it and are none of them; what MPI
  ///   throws.
  package static func connect(warn: (String) -> Void) throws -> any Communicator {
    let environment = ProcessInfo.processInfo.environment
    let launcher = Launcher(environment: environment)
    if let launcher, launcher.name == srun, environment["PMI_RANK"] == "0",
      environment["PMIX_RANK"] == nil
    {
      warn(
        """
        \(srun) has started \(launcher.processes) processes without PMIx; where MPI cannot do with \
        that, start them with \(launcher.command)
        """)
    }
    let communicator: any Communicator =
      MPICommunicator.isLaunched ? try MPICommunicator() : SingleProcess()
    if let launcher, communicator.worldSize == 1 { throw UnconnectedError(launcher: launcher) }
    return communicator
  }
}

/// Processes that were started together and do not find each other: each would run the whole job.
package struct UnconnectedError: UserFacingError {
  /// 78.
  package var exitCode: ExitCode { .badConfiguration }
  let launcher: Launcher

  /// Who started how many, and the command that helps.
  package var description: String {
    """
    \(launcher.name) has started \(launcher.processes) processes that do not find each other by MPI; \
    start them with \(launcher.command)
    """
  }
}
