/// How messages travel between two ranks.
package struct Link: Sendable, Equatable, Codable {
  /// Seconds before the first byte of a message arrives.
  package let latency: Double
  /// Bytes a second after that.
  package let bandwidth: Double

  /// A link of this latency (seconds) and bandwidth (bytes a second).
  package init(latency: Double, bandwidth: Double) {
    (self.latency, self.bandwidth) = (latency, bandwidth)
  }

  /// Between two ranks of a machine, each on a core of its own: as measured with Open MPI's shared
  /// memory on two cores of an AMD EPYC.
  package static let sharedMemory = Link(latency: 0.5e-6, bandwidth: 10e9)

  /// A network where only one of the two is known: Ethernet of some years ago.
  package static let ordinary = Link(latency: 20e-6, bandwidth: 10e9 / 8)
}

/// What cannot be read as a latency or bandwidth.
package struct UnitError: Error, CustomStringConvertible {
  /// What would be accepted.
  package let description: String
}

extension Link {
  /// Seconds from a number and a unit, such as `2us`.
  /// - Throws: `UnitError` with the units there are.
  package static func latency(_ text: String) throws -> Double {
    let units = ["ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1]
    guard let value = quantity(text, units: units), value >= 0 else {
      throw UnitError(description: "it must be 0 or more with ns, us, ms or s, like 2us")
    }
    return value
  }

  /// Bytes a second from a number and a unit, such as `100Gb` (10¹¹ bits a second) or `12.5GB`
  /// (12.5 · 10⁹ bytes a second).
  /// - Throws: `UnitError` with the units there are.
  package static func bandwidth(_ text: String) throws -> Double {
    var units: [String: Double] = [:]
    for (prefix, factor) in [("K", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12)] {
      for bits in ["b", "bit"] { units[prefix + bits] = factor / 8 }
      units[prefix + "B"] = factor
    }
    let name = text.hasSuffix("/s") ? String(text.dropLast(2)) : text
    guard let value = quantity(name, units: units), value > 0 else {
      throw UnitError(
        description: """
          it must be above 0 with Kb, Mb, Gb or Tb (bits a second) or KB, MB, GB or TB (bytes a \
          second), like 100Gb
          """)
    }
    return value
  }

  private static func quantity(_ text: String, units: [String: Double]) -> Double? {
    let digits = text.prefix { $0.isNumber || $0 == "." }
    let unit = text.dropFirst(digits.count).trimmingPrefix(" ")
    guard let number = Double(digits), let factor = units[String(unit)] else { return nil }
    return number * factor
  }
}
