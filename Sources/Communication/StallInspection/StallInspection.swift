/// The inspection as its caller keeps it.
struct StallInspection {
  /// Of the caller's inspections, from 1.
  let number: Int
  /// Where the ranks that answered are.
  private(set) var places: [Int: InspectionMessage.Place] = [:]
  /// Ranks that were found slow, in this inspection or one before in the same wait.
  private var slow: Set<Int> = []
  /// How many inspections in a row have found all ranks waiting where they waited before.
  private var standstills = 0
  private let others: [Int]

  /// All others have yet to answer.
  ///
  /// - Parameter last: the inspection before, in the same wait.
  init(number: Int, others: [Int], after last: StallInspection?) {
    (self.number, self.others) = (number, others)
    guard let last else { return }
    slow = last.slow
    standstills = last.standstills
    formerPlaces = last.places
  }

  private var formerPlaces: [Int: InspectionMessage.Place] = [:]

  /// Notes the answer of `rank`.
  /// - Returns: whether it is found slow for the first time.
  mutating func take(_ answer: InspectionMessage, from rank: Int) -> Bool {
    guard answer.inspection == number else { return false }
    places[rank] = answer.place
    return !answer.place.isWaiting && slow.insert(rank).inserted
  }

  /// Those that have not answered.
  var missing: [Int] { others.filter { places[$0] == nil } }

  /// Where `rank` was when it last answered.
  func lastPlace(of rank: Int) -> InspectionMessage.Place? { places[rank] ?? formerPlaces[rank] }

  /// Whether all ranks have waited, each in one wait, over several inspections: nobody is left to
  /// wait for.
  mutating func isDeadlock() -> Bool {
    let isStandstill = places == formerPlaces && places.values.allSatisfy(\.isWaiting)
    standstills = isStandstill ? standstills + 1 : 0
    return standstills == Self.mostStandstills
  }

  private static let mostStandstills = 2
}
