import Dispatch
import Tensors

/// Sees to it that no rank waits for another in silence: all that ranks wait for each other is
/// polled here, with a clock.
///
/// After `limit` seconds a rank that waits begins an inspection. The others answer from their own
/// waits and, where they compute, at every `answer`. One that answers from its work is slow, and is
/// reported. One that does not answer for another `limit` seconds is stopped, hung or cut off: the
/// wait ends with a `StallError`. It ends so, too, where inspection after inspection finds all
/// ranks waiting and nothing arrives.
///
/// Lower ranks call a little earlier than higher ones, and who hears a call leaves the stall to the
/// caller: an inspection is one message to each rank and one back.
package final class StallInspector {
  /// Where no recipe says otherwise.
  package static let defaultLimit = 60.0

  /// Seconds to wait before an inspection begins, and then for an answer.
  package var limit: Double
  /// Is told of ranks that are slow, by the rank that waits for them.
  package var warn: (String) -> Void = { _ in }
  /// Training steps that are done.
  package var step: Int {
    get { place.step }
    set { place.step = newValue }
  }
  /// What this rank is about.
  package private(set) var task: String {
    get { place.task }
    set {
      place.task = newValue
      Memory.noteWork(newValue)
    }
  }

  let rank: Int
  /// The machine of each rank.
  var hosts: [String]
  /// Whether work is under way on another thread.
  var isAside = false
  private let messages: any InspectionMessages
  private let now: () -> Double
  private var place = InspectionMessage.Place()
  /// How many this rank has called.
  private var inspections = 0
  /// The one it has called in its present wait.
  private var inspection: StallInspection?
  private var patience = Patience()
  private var hasHeardCall = false
  /// When it last looked for messages.
  private var lastLook = -Double.infinity

  /// A look at the clock and for messages comes after so many polls.
  private static let pollsPerLook = 64

  /// The inspector of `rank` over ranks on `hosts`.
  ///
  /// - Parameter messages: how ranks are reached.
  /// - Parameter now: seconds on a clock that never goes back.
  package init(
    rank: Int, hosts: [String], messages: any InspectionMessages,
    limit: Double = StallInspector.defaultLimit,
    now: @escaping () -> Double = StallInspector.now
  ) {
    (self.rank, self.hosts, self.messages) = (rank, hosts, messages)
    (self.limit, self.now) = (limit, now)
  }

  /// Seconds on a clock that never goes back.
  package static func now() -> Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }

  /// The inspector of a job of one rank, which waits for nobody.
  convenience init() { self.init(rank: 0, hosts: ["localhost"], messages: NoMessages()) }

  /// A rank with the machine it runs on, for messages.
  package func name(of rank: Int) -> String { "rank \(rank) on \(hosts[rank])" }

  /// Does `work` in the work `name`; afterwards it is what it was.
  /// - Throws: what `work` throws.
  package func during<Result>(_ name: String, _ work: () throws -> Result) rethrows -> Result {
    let before = task
    task = name
    defer { task = before }
    return try work()
  }

  /// Answers the inspection, where one is called and this rank has not looked for a while. To be
  /// called every second or so of work, as often as it likes.
  /// - Throws: what the messages throw.
  package func answer() throws {
    // To look gives others the core where ranks share one.
    guard now() - lastLook > limit / 20 else { return }
    try takeMessages()
  }

  private func takeMessages() throws {
    lastLook = now()
    while let (bytes, sender) = try messages.receive() {
      guard let message = InspectionMessage(bytes) else { continue }
      switch message.kind {
      case .call:
        hasHeardCall = true
        let answer = InspectionMessage(.answer, inspection: message.inspection, place: place)
        try messages.send(answer.bytes, to: sender)
      case .answer:
        guard inspection?.take(message, from: sender) == true else { continue }
        let slow = describe(sender, at: message.place)
        warn("\(slow) is slow: \(describe(rank, at: place)) waits for it; going on")
      }
    }
  }

  /// Returns once `isComplete` says so.
  /// - Throws: `StallError`; what `isComplete` and the messages throw.
  package func wait(until isComplete: () throws -> Bool) throws {
    precondition(!isAside, "work that is done aside waits for ranks")
    if try isComplete() { return }
    place.isWaiting = true
    place.waits += 1
    (patience, hasHeardCall) = (Patience(), false)
    defer {
      place.isWaiting = false
      inspection = nil
    }
    var polls = 0
    while try !isComplete() {
      polls += 1
      if polls.isMultiple(of: Self.pollsPerLook) { try look() }
    }
  }

  private func look() throws {
    patience.pass(to: now(), most: limit / 4)
    // After the clock, so that whatever had arrived by then counts.
    try takeMessages()
    if hasHeardCall, inspection?.missing.isEmpty ?? true {
      // Another rank sees to it.
      inspection = nil
      patience.restart()
    }
    hasHeardCall = false
    let turn = inspection == nil ? Double(rank + 1) / Double(10 * hosts.count) : 0
    if patience.seconds >= limit * (1 + turn) { try inspect() }
  }

  /// Calls the inspection, again where all have answered the one before.
  private func inspect() throws {
    let missing = inspection?.missing ?? []
    if !missing.isEmpty || inspection?.isDeadlock() == true {
      throw StallError(
        silent: missing.map { describe($0, at: inspection?.lastPlace(of: $0) ?? place) },
        caller: describe(rank, at: place), seconds: limit)
    }
    inspections += 1
    let others = hosts.indices.filter { $0 != rank }
    inspection = StallInspection(number: inspections, others: others, after: inspection)
    patience.restart()
    let call = InspectionMessage(.call, inspection: inspections, place: place).bytes
    for other in others { try messages.send(call, to: other) }
  }

  private func describe(_ rank: Int, at place: InspectionMessage.Place) -> StallError.Rank {
    StallError.Rank(rank: rank, host: hosts[rank], task: place.task, step: place.step)
  }
}

/// Small messages from rank to rank that nobody waits for.
package protocol InspectionMessages: AnyObject {
  /// Starts to send `bytes`.
  func send(_ bytes: [UInt8], to rank: Int) throws
  /// A message that has arrived, with its sender, if there is one.
  func receive() throws -> (bytes: [UInt8], rank: Int)?
}

/// The messages of a job of one rank: none.
package final class NoMessages: InspectionMessages {
  package init() {}
  package func send(_ bytes: [UInt8], to rank: Int) {}
  package func receive() -> (bytes: [UInt8], rank: Int)? { nil }
}
