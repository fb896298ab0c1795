/// What the process returns; scripts rely on it, and `launch/supervise` on codes from 64 to 99.
package enum ExitCode: Int32, Sendable {
  case done = 0
  case usage = 64
  case badDataFile = 65
  case missingInput = 66
  case internalError = 70
  case inputOutput = 74
  case stopped = 75
  case badConfiguration = 78
  case notFinite = 80
  case replicasDisagree = 81
  case stalled = 82
}
