import Foundation
import Runs

/// The line that tells how a run goes: rewritten in place on a terminal, a plain line every few
/// seconds elsewhere.
package final class ProgressLine {
  private let terminal: Terminal
  private let interval: Duration
  private let start = ContinuousClock.now
  private var last: ContinuousClock.Instant
  private var imagesSinceLast = 0
  private var imagesPerSecond = 0.0
  private var slowestRank: Int?
  private var isShown = false

  /// A line on `terminal`.
  package init(_ terminal: Terminal) {
    self.terminal = terminal
    self.interval = terminal.isLive ? .milliseconds(200) : .seconds(5)
    self.last = start
  }

  /// A step is done.
  func stepped(_ progress: StepProgress) {
    imagesSinceLast += progress.batch
    let now = ContinuousClock.now
    guard now - last >= interval else { return }
    imagesPerSecond = Double(imagesSinceLast) / ((now - last) / .seconds(1))
    (last, imagesSinceLast) = (now, 0)
    show(text(progress))
  }

  /// An epoch is done; its slowest rank is shown from now on.
  func ended(_ epoch: RunRecord.Epoch) { slowestRank = epoch.slowestRank }

  /// Says something that stays.
  package func say(_ text: String) {
    clear()
    StandardStream.errors.say(text)
  }

  /// Takes the line away.
  package func clear() {
    if isShown { terminal.write("\r\u{1B}[K") }
    isShown = false
  }

  private func text(_ progress: StepProgress) -> String {
    let phase =
      progress.iteration == 0 ? "train" : "prune \(progress.iteration)/\(progress.iterations)"
    var parts = [
      "\(phase) epoch \(progress.epoch)/\(progress.epochs)",
      "loss \(Format.decimal(progress.loss, 4))",
      "acc \(Format.decimal(100 * progress.accuracy, 2)) %",
      "density \(Format.decimal(100 * progress.density, 1)) %",
      "\(Format.grouped(Int(imagesPerSecond))) images/s",
      "\(Format.duration(timeLeft(progress))) left",
    ]
    if let slowestRank { parts.append("slowest rank \(slowestRank)") }
    return parts.joined(separator: "  ")
  }

  /// The rest of this phase at the present speed, and each phase to come like this one.
  private func timeLeft(_ progress: StepProgress) -> Double {
    let done = (progress.epoch - 1) * progress.steps + progress.step
    let left = Double(progress.epochs * progress.steps - done)
    let phases = Double(
      (progress.iterations - progress.iteration) * progress.laterEpochs * progress.steps)
    return (left + phases) * Double(progress.batch) / max(imagesPerSecond, 1)
  }

  private func show(_ text: String) {
    guard terminal.isLive else { return terminal.write(text + "\n") }
    let coloured = terminal.hasColour ? "\u{1B}[36m\(text)\u{1B}[0m" : text
    terminal.write("\r\u{1B}[K" + coloured)
    isShown = true
  }
}
