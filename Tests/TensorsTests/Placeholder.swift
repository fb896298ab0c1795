import Testing
@Test func placeholderTensors() {}
