import Planning
import Testing

@Suite struct LinkTests {
  @Test(
    "latencies",
    arguments: [("2us", 2e-6), ("1.5µs", 1.5e-6), ("800ns", 8e-7), ("0.1 ms", 1e-4), ("0s", 0)])
  func latencies(text: String, seconds: Double) throws {
    #expect(abs(try Link.latency(text) - seconds) < 1e-15)
  }

  @Test(
    "bandwidths in bytes a second",
    arguments: [
      ("100Gb", 12.5e9), ("100Gb/s", 12.5e9), ("100Gbit", 12.5e9), ("10GB", 10e9),
      ("0.5TB/s", 5e11),
      ("800Kb", 1e5), ("25 MB", 25e6),
    ])
  func bandwidths(text: String, bytes: Double) throws {
    #expect(abs(try Link.bandwidth(text) / bytes - 1) < 1e-12)
  }

  @Test(
    "what is no quantity is refused with the units",
    arguments: [
      "", "2", "us", "2 parsec", "-2us", "nanus", "infs", "2us2", "0x2us", "1e3us", "٣us",
    ])
  func badLatencies(text: String) {
    let error = #expect(throws: UnitError.self) { try Link.latency(text) }
    #expect(error?.description.contains("ns, us, ms or s") == true)
  }

  @Test(
    "a bandwidth has a prefix and bits or bytes, and is not 0",
    arguments: ["", "100", "100b", "100gb", "0Gb", "-1Gb", "100Gb/m", "Gb"])
  func badBandwidths(text: String) {
    let error = #expect(throws: UnitError.self) { try Link.bandwidth(text) }
    #expect(error?.description.contains("100Gb") == true)
  }
}
