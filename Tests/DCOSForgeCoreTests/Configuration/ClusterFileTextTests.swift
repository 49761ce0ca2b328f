@testable import ForgeConfiguration
@testable import ForgeSupport
import FoundationEssentials
import Testing

@testable import DCOSForgeCore

@Suite struct ClusterFileTextTests {
  @Test func theStarterIsTheDefault() {
    let reading = readClusterFile(ClusterFileText.starter)
    #expect(reading.diagnostics == [])
    #expect(reading.cluster == readClusterFile("version: 1").cluster)
    #expect(reading.cluster != nil)
  }

  @Test func theStarterShowsEveryKeyAndEachCanBeSet() throws {
    let lines = ClusterFileText.starter.split(separator: "\n", omittingEmptySubsequences: false)
    // A commented key begins right after the mark, or below a section after two blanks.
    let all = lines.map { line in
      line.hasPrefix("#") && !(line.hasPrefix("# ") && !line.hasPrefix("#  "))
        ? line.dropFirst() : line
    }.joined(separator: "\n")
    let reading = readClusterFile(all)
    #expect(reading.diagnostics == [], "\(all)")
    // The settings of a file with every key set hold every key.
    func paths(_ keys: [KeyDescription], _ prefix: String) -> [String] {
      keys.flatMap { key in
        key.isList
          ? [prefix + key.name] : [prefix + key.name] + paths(key.children, prefix + key.name + ".")
      }
    }
    func paths(_ value: JSONValue, _ prefix: String) -> [String] {
      value.members.flatMap { [prefix + $0.name] + paths($0.value, prefix + $0.name + ".") }
    }
    #expect(paths(try #require(reading.settings), "") == paths(ClusterFile.description, ""))
  }

  @Test func theStarterFitsTheScreen() {
    let wide = ClusterFileText.starter.split(separator: "\n").filter { $0.count > 100 }
    #expect(wide.allSatisfy { $0.contains("ssh-ed25519") }, "\(wide)")
  }

  @Test(arguments: [
    ("abc", "abc"), ("/a/b.c", "/a/b.c"), ("10.1.1.0/24", "10.1.1.0/24"), ("1.11.2", "1.11.2"),
    ("02:dc:0a:01:01:31", "02:dc:0a:01:01:31"), ("qemu:///system", "qemu:///system"),
    ("18.09", "\"18.09\""), ("52:54:00:12:34:56", "\"52:54:00:12:34:56\""), ("yes", "\"yes\""),
    ("a: b", "\"a: b\""), ("a[1]", "\"a[1]\""), ("", "\"\""), ("a:", "\"a:\""), ("é", "\"é\""),
    ("0x1F", "\"0x1F\""), ("a\"\\", "\"a\\\"\\\\\""), ("${x}", "\"$${x}\""),
  ])
  func textsAreQuotedWhereYAMLWouldTakeThemForSomethingElse(_ text: String, _ written: String) {
    #expect(ClusterFileText.flow(.string(text)) == written)
  }
}

@Suite struct ClusterFileSchemaTests {
  /// Files, as JSON so that every validator reads them, and whether one key alone is at fault.
  static let files: [(text: String, isGood: Bool)] = [
    (#"{"version": 1}"#, true), (#"{}"#, false), (#"{"version": "1"}"#, false),
    (#"{"version": "${env:V:-1}"}"#, true), (#"{"version": 1, "x": 1}"#, false),
    (#"{"version": 1, "cluster": "Abc"}"#, false), (#"{"version": 1, "cluster": "a_b"}"#, true),
    (#"{"version": 1, "network": {"cidr": "10.1.1.0/24", "mode": "nat"}}"#, true),
    (#"{"version": 1, "network": {"mode": "nta"}}"#, false),
    (#"{"version": 1, "network": []}"#, false),
    (#"{"version": 1, "dcos": {"port": 65536}}"#, false),
    (#"{"version": 1, "dcos": {"port": 65535}}"#, true),
    (#"{"version": 1, "limits": {"boot": "1h30m"}}"#, true),
    (#"{"version": 1, "limits": {"boot": "90"}}"#, false),
    (#"{"version": 1, "sizes": {"default": {"memory": "8GB"}}}"#, false),
    (#"{"version": 1, "hypervisor": {"allow_overcommit": "true"}}"#, false),
    (#"{"version": 1, "packages": {"repositories": [{"id": "x", "baseurl": "http://h/"}]}}"#, true),
    (#"{"version": 1, "packages": {"repositories": [{"id": "x"}]}}"#, false),
    (
      #"{"version": 1, "nodes": [{"names": "b", "role": "bootstrap", "address": "10.1.1.2"}, "#
        + #"{"names": "m", "role": "master", "address": ["10.1.1.3"]}]}"#, true
    ),
    (#"{"version": 1, "nodes": [{"names": "b", "role": "boss", "address": "10.1.1.2"}]}"#, false),
    (#"{"version": 1, "nodes": [{"names": "b", "role": "bootstrap"}]}"#, false),
  ]

  @Test func theReaderEvaluatesTheSameFilesAsTheSchemaShould() {
    for file in Self.files {
      #expect(readClusterFile(file.text).hasErrors == !file.isGood, "\(file.text)")
    }
  }

  @Test(.enabled("needs python3-jsonschema") { await PythonValidator.isThere() })
  func aValidatorAgrees() async throws {
    let schema = try ClusterFileSchema.value.prettyJSON()
    let everything = try #require(readClusterFile(ClusterFileTests.everything).settings)
      .prettyJSON()
    let verdicts = try await PythonValidator.evaluate(
      Self.files.map(\.text) + [everything], by: schema)
    #expect(verdicts == Self.files.map(\.isGood) + [true])
  }

  /// Every default and example obeys the pattern that the schema gives for its key.
  @Test func defaultsAndExamplesObeyTheirPatterns() throws {
    func check(_ keys: [KeyDescription]) throws {
      for key in keys {
        try check(key.children)
        guard case .array(let choices)? = key.schema.member("anyOf"),
          case .string(let pattern)? = choices.first?.member("pattern")
        else { continue }
        for case .string(let text)? in [key.example] + (key.isRequired ? [] : [key.value]) {
          #expect(try Regex(pattern).firstMatch(in: text) != nil, "\(key.name): \(text)")
        }
      }
    }
    try check(ClusterFile.description)
  }

  @Test func everyObjectIsClosed() {
    func check(_ schema: JSONValue, _ path: String) {
      if schema.member("type") == .string("object") {
        #expect(schema.member("additionalProperties") == .boolean(false), "\(path)")
      }
      for property in schema.member("properties")?.members ?? [] {
        #expect(property.value.member("description") != nil, "\(path).\(property.name)")
        check(property.value, path + "." + property.name)
      }
      schema.member("items").map { check($0, path + "[]") }
    }
    check(ClusterFileSchema.value, "")
    let names = ClusterFileSchema.value.member("properties")?.members.map(\.name)
    #expect(names == ClusterFile.keys.map(\.name))
  }
}

extension JSONValue {
  func member(_ name: String) -> JSONValue? { members.first { $0.name == name }?.value }
}
