@testable import ForgeModel
@testable import ForgeSupport
@testable import ForgeConfiguration
import Testing

@testable import DCOSForgeCore

@Suite struct NodeSetTests {
  @Test(arguments: [
    ("lxcm02", ["lxcm02"]), ("lxzk0[1-3]", ["lxzk01", "lxzk02", "lxzk03"]),
    ("n[08-11]", ["n08", "n09", "n10", "n11"]), ("n[8-11]", ["n8", "n9", "n10", "n11"]),
    ("a[1,3,5-6]z", ["a1z", "a3z", "a5z", "a6z"]), ("a,b[1-2]", ["a", "b1", "b2"]),
    ("r[1-2]n[1-2]", ["r1n1", "r1n2", "r2n1", "r2n2"]), ("n[000-001]", ["n000", "n001"]),
  ])
  func expands(_ text: String, _ names: [String]) throws {
    #expect(try NodeSet(text).names.map(\.description) == names)
  }

  @Test func aNodeMayBeNamedWithItsDomain() throws {
    var spec = Samples.spec
    spec.network.domain = "dc1.example.com"
    func names(_ text: String) throws -> [String] {
      try spec.nodes(inSets: [text]).map(\.name.description)
    }
    #expect(try names("lxzk02.dc1.example.com") == ["lxzk02"])
    #expect(try names("lxb00[1-2].dc1.example.com") == ["lxb001", "lxb002"])
    #expect(throws: ForgeError.self) { try names("lxzk02.dcos-gsi.internal") }
  }

  @Test(arguments: [
    "", "a,", ",a", "a[", "a]", "a[]", "a[1", "a[1-]", "a[-1]", "a[1-2-3]", "a[3-1]", "a[[1]]",
    "a[1-001]", "a[01-100]", "a[x]", "a[1- 2]", "a b", "A", "-a", "a[1-4097]", "a[1-99999999999]",
    "a[1-999][1-999]", "a[٣]",
  ])
  func refuses(_ text: String) {
    #expect(throws: NodeSet.Fault.self) { try NodeSet(text) }
  }
}

@Suite struct DurationSyntaxTests {
  @Test(arguments: [("90s", 90), ("10m", 600), ("1h30m", 5400), ("2h5s", 7205), ("0s", 0)])
  func reads(_ text: String, _ seconds: Int) {
    #expect(Duration(text) == .seconds(seconds))
  }

  @Test(arguments: [("1m30s", 90), ("1h30m", 5400), ("0s", 0), ("48h", 172_800)])
  func writes(_ text: String, _ seconds: Int) {
    #expect(Duration.seconds(seconds).fileForm == text)
  }

  @Test(arguments: [
    "", "10", "m", "1m1m", "1s1m", "1.5h", "-1s", " 1s", "1d", "1H", "99999999h", "١s", "1h5",
  ])
  func refuses(_ text: String) {
    #expect(Duration(text) == nil)
  }
}

@Suite struct NearestNameTests {
  @Test func distances() {
    let cases = [
      ("", "", 0), ("abc", "", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "abcd", 1),
      ("abc", "axc", 1), ("kitten", "sitting", 3),
    ]
    for (one, other, distance) in cases {
      #expect(editDistance(Array(one.utf8), Array(other.utf8)) == distance)
      #expect(editDistance(Array(other.utf8), Array(one.utf8)) == distance)
    }
  }

  @Test func findsOnlyNearNames() {
    let known = ["names", "role", "address", "mac", "authorized_keys"]
    #expect(nearest(to: "adress", among: known) == "address")
    #expect(nearest(to: "AuthorizedKeys", among: known) == "authorized_keys")
    #expect(nearest(to: "name", among: known) == "names")
    #expect(nearest(to: "ip", among: known) == nil)
    #expect(nearest(to: String(repeating: "a", count: 1 << 20), among: known) == nil)
    #expect(nearest(to: "x", among: []) == nil)
  }
}
