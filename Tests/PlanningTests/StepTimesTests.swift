import Planning
import Testing

@Suite struct StepTimesTests {
  @Test func oneMeasurementIsInProportion() {
    var times = StepTimes()
    times.add(blocks: 2, seconds: 3)
    #expect(times.seconds(blocks: 1) == 1.5)
    #expect(times.seconds(blocks: 8) == 12)
  }

  @Test("between measurements and beyond them lies a straight line")
  func lines() {
    var times = StepTimes()
    for (blocks, seconds) in [(4, 7.0), (1, 2.0), (2, 3.0)] {
      times.add(blocks: blocks, seconds: seconds)
    }
    #expect([1, 2, 3, 4, 6].map { times.seconds(blocks: $0) } == [2, 3, 5, 7, 11])
  }

  @Test func nothingIsNoTime() { #expect(StepTimes().seconds(blocks: 3) == 0) }
}
