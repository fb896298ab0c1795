import Testing
@Test func placeholderPruning() {}
