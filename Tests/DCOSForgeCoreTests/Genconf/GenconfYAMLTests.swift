@testable import ForgeModel
@testable import ForgeGenconf
import Testing

@testable import DCOSForgeCore

/// YAML 1.1 and JSON as Python reads them.
@Suite struct GenconfYAMLTests {
  private func value(_ text: String, _ version: String = "1.11.2") -> PythonValue? {
    let loaded = try? PythonYAML.load(
      Array("k: \(text)\n".utf8), file: "f", version: Samples.must(DCOSVersion(version)))
    return loaded?.value["k"]
  }

  @Test(
    arguments: [
      ("yes", .bool(true)), ("Off", .bool(false)), ("y", .string("y")), ("tRUE", .string("tRUE")),
      ("'yes'", .string("yes")), ("017", .integer("15")), ("018", .string("018")),
      ("0o17", .string("0o17")), ("0x1F", .integer("31")), ("0b101", .integer("5")),
      ("1_000", .integer("1000")), ("17:4", .integer("1024")), ("1:60", .string("1:60")),
      ("-0", .integer("0")), ("+5", .integer("5")),
      ("99999999999999999999999", .integer("99999999999999999999999")),
      ("0xFFFFFFFFFFFFFFFFFFFF", .integer("1208925819614629174706175")),
      ("1.5", .float(1.5)), ("1.", .float(1)), (".5", .float(0.5)), ("-.5", .string("-.5")),
      ("1e5", .string("1e5")), ("1.0e5", .string("1.0e5")), ("1.0e+5", .float(100000)),
      ("-.inf", .float(-.infinity)), ("1:30.5", .float(90.5)), ("~", .none), ("", .none),
      ("Null", .none), ("nULL", .string("nULL")), ("2018-01-01", .opaque("date")),
      ("2018-1-1", .string("2018-1-1")), ("2018-1-1 1:02:03", .opaque("date")),
      ("!!str 5", .string("5")), ("!!int '5'", .integer("5")), ("! '5'", .integer("5")),
      ("!!binary aGk=", .opaque("bytes")), ("!!set {a}", .opaque("set")),
      (
        "{<<: {a: 1, b: 2}, a: 3}",
        .dictionary([
          PythonPair(key: .string("a"), value: .integer("3")),
          PythonPair(key: .string("b"), value: .integer("2")),
        ])
      ),
      ("{a: 1, a: 2}", .dictionary([PythonPair(key: .string("a"), value: .integer("2"))])),
      ("{1: a, true: b}", .dictionary([PythonPair(key: .integer("1"), value: .string("b"))])),
      ("[&x 1, *x]", .list([.integer("1"), .integer("1")])),
      ("|\n  a\n  b", .string("a\nb\n")), (">-\n  a\n  b", .string("a b")),
      (
        "{a:, b: 1}",
        .dictionary([
          PythonPair(key: .string("a"), value: .none),
          PythonPair(key: .string("b"), value: .integer("1")),
        ])
      ),
    ] as [(String, PythonValue)])
  func readsAsPyYAML(_ text: String, _ expected: PythonValue) {
    #expect(value(text) == expected)
  }

  @Test(arguments: [
    "=", "<<", "!foo x", "!!python/none x", "{[a]: b}", "[a", "\tx", "a\tb", "{<<: 5}", "&a [&a 1]",
    "!!str [a]", "*x", "!!omap {a: b}", "\"\\/\"", "[a:b]", "x\n---\ny: z", "[a?b]",
  ])
  func refusesAsPyYAML(_ text: String) {
    let evaluated = Genconf.evaluate(Genconf.file([("x", text)]))
    #expect(evaluated.verdict == .rejected && !evaluated.hasCrashed)
    #expect(evaluated.reportedParameters == [""] && evaluated.findings.first?.id == "invalid-yaml")
  }

  @Test(arguments: [
    "!!int x", "!!bool x", "2018-13-01", "\u{E9}", "._", "0x_", "&a [*a]", "~", "1.5",
  ])
  func crashesAsPyYAML(_ text: String) {
    #expect(Genconf.evaluate(Genconf.file([("x", text)])).hasCrashed)
  }

  @Test func laterReleasesReadMore() {
    #expect(value("[a:b]", "2.1.2") == nil)
    #expect(value("[a:b]", "2.2.0") == .list([.string("a:b")]))
    #expect(value("\"\\/\"", "2.2.0") == .string("/"))
  }

  @Test(arguments: [
    ("", true), ("# only a comment\n", true), ("- a\n", true), ("a\n", true), ("---\n---\n", false),
    ("%YAML 1.3\n---\n{}\n", false), ("\u{FEFF}a: b\n", true),
  ])
  func wholeFilesThatAreNoMapping(_ text: String, _ crashes: Bool) {
    let evaluated = Genconf.evaluate(text)
    #expect(evaluated.verdict == .rejected && evaluated.hasCrashed == crashes)
  }

  @Test func directivesThatPyYAMLSkipsAreSkipped() {
    let text = Genconf.file([])
    for head in ["%YAML 1.1\n---\n", "%YAML 1.3\n---\n", "%FOO x\n---\n", "# c\n%FOO x\n---\n"] {
      #expect(Genconf.evaluate(head + text).verdict == .accepted, "\(head)")
    }
    for head in ["%YAML 2.0\n---\n", "%FOO x\n"] {
      #expect(Genconf.evaluate(head + text).verdict == .rejected, "\(head)")
    }
  }

  // MARK: JSON

  @Test(arguments: [
    ("[NaN, -Infinity, 1.5, 01]", nil), ("[1, 2", nil), ("'a'", nil), ("[1,]", nil),
    ("\"a\nb\"", nil),
    (" {\"a\": 1, \"a\": [true, null]} ", "{\"a\": [true, null]}"),
    ("[-0, 1e2, 12345678901234567890]", "[0, 100.0, 12345678901234567890]"),
    ("\"\\u00fc\\ud83d\\ude00\\/\"", "\"\\u00fc\\ud83d\\ude00/\""), ("NaN", "NaN"),
  ])
  func jsonIsPythons(_ text: String, _ dumped: String?) {
    #expect((try? PythonJSON.load(text)).flatMap(PythonJSON.dump) == dumped)
  }

  @Test func deepJSONHitsTheRecursionLimit() {
    let deep = String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000)
    #expect(throws: PythonJSON.Fault.tooDeep) { try PythonJSON.load(deep) }
  }

  // MARK: Networks and keys

  @Test(arguments: [
    ("9.0.0.0/8", true), ("9.0.0.1/8", false), ("9.0.0.0/255.0.0.0", true),
    ("9.0.0.0/0.255.255.255", true), ("9.0.0.0/255.0.255.0", false), ("07.0.0.0", true),
    ("08.0.0.0", false), ("fd01::/64", true), ("fd01::1/64", false), ("::", true),
    ("1::2::3", false),
    ("::ffff:1.2.3.4", true), ("9.0.0.0/33", false), ("9.0.0.0/", false),
  ])
  func networksArePythons(_ text: String, _ isOne: Bool) {
    #expect((PythonNetwork(text) != nil) == isOne)
  }

  @Test func onlyAnRSAKeyIsAKey() {
    let rsa =
      "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCqGKukO1De7zhZj6+H0qtjTkVxwTCpvKe4eCZ0"
      + "FPqri0cb2JZfXJ/DgYSF6vUpwmJG8wVQZKjeGcjDOL5UlsuusFncCzWBQ7RKNUSesmQRMSGkVb1/"
      + "3j+skZ6UtW+5u09lHNsj6tQ51s1SPrCBkedbNf0Tp0GbMJDyR4e9T04ZZwIDAQAB"
    func pem(_ body: String, _ label: String = "PUBLIC KEY") -> String {
      "-----BEGIN \(label)-----\n\(body)\n-----END \(label)-----\n"
    }
    #expect(PublicKeyPEM.isRSA(pem(rsa)))
    #expect(!PublicKeyPEM.isRSA(pem(String(rsa.dropLast(8)))))
    #expect(!PublicKeyPEM.isRSA(pem(rsa, "CERTIFICATE")))
    #expect(!PublicKeyPEM.isRSA(rsa))
  }
}
