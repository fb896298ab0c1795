import Storage
import Testing

@Suite struct PathNameTests {
  @Test(
    "a path has a folder and a name in it, of whatever length",
    arguments: [
      ("a", ".", "a"), ("a/b", "a", "b"), ("/a", "/", "a"), ("/", "/", ""), ("", ".", ""),
      ("a/", ".", "a"), ("a//b//", "a", "b"), ("/a/b.c", "/a", "b.c"), ("./a", ".", "a"),
      ("../a", "..", "a"),
    ])
  func parts(path: String, folder: String, name: String) {
    #expect(PathName.folder(of: path) == folder)
    #expect(PathName.last(of: path) == name)
  }
}
