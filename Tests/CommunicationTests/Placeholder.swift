import Testing
@Test func placeholderCommunication() {}
