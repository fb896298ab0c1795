extension [Double] {
  /// The middle one; of an even number the upper of the two.
  var median: Double { sorted()[count / 2] }
}
