@testable import ForgeModel
@testable import ForgeConfiguration
import Testing

@testable import DCOSForgeCore

/// A faulty file and the finding it must bring.
struct FaultyFile: Sendable, CustomTestStringConvertible {
  var id: String
  var text: String
  var line: Int
  var column: Int
  var hint = ""

  init(_ id: String, _ text: String, _ line: Int, _ column: Int, hint: String = "") {
    (self.id, self.text, self.line, self.column, self.hint) = (id, text, line, column, hint)
  }

  /// A file of version 1 with faulty lines below.
  static func below(_ id: String, _ text: String, _ column: Int, hint: String = "") -> FaultyFile {
    FaultyFile(id, "version: 1\n" + text, 2, column, hint: hint)
  }

  /// A file with one bootstrap node and faulty entries below.
  static func nodes(_ id: String, _ entries: String, _ column: Int, hint: String = "")
    -> FaultyFile
  {
    let head = "version: 1\nnodes:\n- {names: b, role: bootstrap, address: 10.1.1.2}\n"
    return FaultyFile(id, head + entries, 4, column, hint: hint)
  }

  var testDescription: String { "\(id): \(text.prefix(200))" }
}

@Suite struct FindingTests {
  static let master = "- {names: m, role: master, address: 10.1.1.5}\n"

  static let faults: [FaultyFile] = [
    // The text itself.
    FaultyFile("yaml-syntax", "a: 'b", 1, 6), FaultyFile("yaml-limit", "[[[[" + deep, 1, 65),
    FaultyFile("undefined-alias", "version: *a", 1, 10),
    FaultyFile("recursive-alias", "version: &a [*a]", 1, 14),
    FaultyFile("yaml-encoding", "version: 1\n\u{7}", 2, 1),
    .below("several-documents", "---\nversion: 1", 1).at(3, 1),
    // Keys.
    FaultyFile("missing-key", "", 1, 1), FaultyFile("missing-key", "cluster: x", 1, 1),
    FaultyFile("wrong-type", "- 1", 1, 1), FaultyFile("unexpected-tag", "!x {version: 1}", 1, 1),
    .below("unknown-key", "nodez: []", 1, hint: "did you mean \"nodes\"?"),
    .below("unknown-key", "network: {Mode: nat}", 11, hint: "did you mean \"mode\"?"),
    .below(
      "unknown-key", "ssh: {authorized-keys: []}", 7, hint: "did you mean \"authorized_keys\"?"),
    .below("unknown-key", "time: {zone: x}", 8, hint: "known here: servers"),
    .below("unknown-key", "<<: {}", 1), .below("duplicate-key", "version: 1", 1),
    .below("bad-key", "? [a]\n: b", 3), .below("bad-key", "? {a: b}\n: b", 3),
    // Values.
    .below("missing-value", "cluster:", 9), .below("wrong-type", "cluster: [a]", 10),
    .below("wrong-type", "ssh: {port: '22'}", 13), .below("wrong-type", "nodes: 7", 8),
    .below("wrong-type", "nodes:", 7), .below("wrong-type", "limits: 10m", 9),
    .below("wrong-type", "hypervisor: {allow_overcommit: 'true'}", 32),
    .below("unexpected-tag", "cluster: !!str a", 10),
    .below("undefined-variable", "cluster: ${env:NONE}", 10),
    .below("bad-reference", "cluster: ${NONE}", 10),
    .below("bad-reference", "cluster: '${env:'", 10),
    .below("bad-reference", "cluster: ${env:1}", 10),
    .below("bad-reference", "cluster: ${env:}", 10),
    // The hypervisor.
    .below("hypervisor-driver", "hypervisor: {uri: \"xen:///\"}", 19),
    .below("hypervisor-driver", "hypervisor: {uri: \"lxc+ssh://h/\"}", 19),
    // The network.
    .below("reserved-network", "network: {cidr: 127.0.0.0/8}", 17),
    .below("outside-network", "network: {gateway: 10.1.2.1}", 20),
    .below("outside-network", "network: {gateway: 10.1.1.255}", 20),
    .below("outside-network", "network: {cidr: 10.2.0.0/16}", 17),
    .below("missing-key", "network: {mode: bridge}", 17),
    .below("bad-value", "network: {mode: bridge, name: abcdefghijklmnop}", 31),
    // Keys that need others.
    .below("missing-key", "image: {initrd: /i}", 17),
    .below("missing-key", "image: {kernel_arguments: x}", 27),
    .below("missing-key", "dcos: {nginx: {archive_sha256: \(sum)}}", 32),
    .below(
      "duplicate-name",
      "packages: {repositories: [{id: a, baseurl: \"http://h/\"}, "
        + "{id: a, baseurl: \"http://h/\"}]}",
      63),
    .below("missing-key", "packages: {repositories: [{id: a}]}", 27),
    // Nodes.
    .nodes("missing-key", "- {role: master, address: 10.1.1.5}", 3),
    .nodes("missing-key", "- {names: m, address: 10.1.1.5}", 3),
    .nodes("missing-key", "- {names: m, role: master}", 3),
    .nodes("outside-network", "- {names: m, role: master, address: 10.1.2.5}", 37),
    .nodes("outside-network", "- {names: m, role: master, address: 10.1.1.0}", 37),
    .nodes("outside-network", "- {names: m, role: master, address: 10.1.1.255}", 37),
    .nodes("outside-network", "- {names: 'm[1-3]', role: master, address: 10.1.1.253}", 44),
    .nodes("duplicate-address", "- {names: m, role: master, address: 10.1.1.1}", 37),
    .nodes("duplicate-address", "- {names: m, role: master, address: 10.1.1.2}", 37),
    .nodes("duplicate-name", "- {names: b, role: master, address: 10.1.1.5}", 11),
    .nodes("reserved-name", "- {names: localhost, role: master, address: 10.1.1.5}", 11),
    .nodes("duplicate-name", "- {names: 'm,m,n', role: master, address: 10.1.1.5}", 11),
    .nodes("address-count", "- {names: 'm[1-3]', role: master, address: [10.1.1.5]}", 44)
      .replacing("[10.1.1.5]", "[10.1.1.5, 10.1.1.6]"),
    .nodes("address-count", "- {names: 'm[1-3]', role: master, address: 255.255.255.254}", 44),
    .nodes("address-count", "- {names: m, role: master, address: []}", 37),
    .nodes(
      "multicast-mac", "- {names: m, role: master, address: 10.1.1.5, mac: 01:00:5e:00:00:01}", 52),
    .nodes(
      "multicast-mac", "- {names: m, role: master, address: 10.1.1.5, mac: 00:00:00:00:00:00}", 52),
    .nodes(
      "duplicate-mac", "- {names: m, role: master, address: 10.1.1.5, mac: 02:dc:0a:01:01:02}", 52),
    .nodes(
      "duplicate-mac",
      "- {names: 'm[1-3]', role: master, address: 10.1.1.5, mac: 52:54:00:00:00:01}", 59),
    .nodes("too-many-nodes", "- {names: 'm[1-4096]', role: master, address: 10.1.1.5}", 11),
    .nodes("bad-value", "- {names: 'm[1-9999]', role: master, address: 10.1.1.5}", 11),
    FaultyFile(
      "master-count", "version: 1\nnodes:\n- {names: b, role: bootstrap, address: 10.1.1.2}", 3, 1),
    .nodes("master-count", "- {names: 'm[1-2]', role: master, address: 10.1.1.5}", 1).at(3, 1),
    .nodes("master-count", "- {names: 'm[01-11]', role: master, address: 10.1.1.5}", 1).at(3, 1),
    FaultyFile("bootstrap-count", "version: 1\nnodes:\n" + master, 3, 1),
    .nodes("bootstrap-count", "- {names: b2, role: bootstrap, address: 10.1.1.3}\n" + master, 21),
    FaultyFile("config-version", "version: 2", 1, 10),
  ]

  private static let deep = String(repeating: "[", count: 100)
  private static let sum = String(repeating: "0", count: 64)

  @Test(arguments: faults)
  func aFaultIsFoundInItsPlace(_ fault: FaultyFile) throws {
    let reading = readClusterFile(fault.text)
    #expect(reading.cluster == nil)
    #expect(reading.settings == nil)
    let finding = try #require(
      reading.diagnostics.first { $0.id == fault.id && $0.severity == .error },
      "\(reading.diagnostics)")
    #expect(finding.position?.line == fault.line, "\(finding)")
    #expect(finding.position?.column == fault.column, "\(finding)")
    if !fault.hint.isEmpty { #expect(finding.hint == fault.hint) }
  }

  @Test(arguments: [
    "cluster: Abc", "cluster: a_", "cluster: ''", "cluster: \(String(repeating: "a", count: 64))",
    "cluster: \"a\\0b\"", "hypervisor: {uri: qemu}", "hypervisor: {uri: \"://x\"}",
    "hypervisor: {accelerator: tcg}", "hypervisor: {allow_overcommit: yes}",
    "hypervisor: {pool_path: images}", "network: {cidr: 10.1.1.1/24}",
    "network: {cidr: 10.1.1.0/31}",
    "network: {cidr: 10.0.0.0/7}", "network: {gateway: 10.1.1}", "network: {resolvers: [a]}",
    "network: {name: -a}", "network: {domain: Example.com}", "network: {domain: a..b}",
    "network: {domain: .a}", "network: {domain: a_b.example.com}",
    "network: {domain: \(String(repeating: "a.", count: 95))a}", "network: {name: a/b}",
    "image: {source: ~/a}",
    "image: {source: 'ftp://h/a'}",
    "image: {source: 'http:///a'}", "image: {source: 'file://a'}", "image: {sha256: 00}",
    "image: {kernel: a}", "dcos: {version: 1.11}", "dcos: {port: 0}", "dcos: {port: 65536}",
    "dcos: {port: 080}", "dcos: {port: 0x50}", "dcos: {port: 99999999999999999999}",
    "dcos: {nginx: {image: -v}}", "ssh: {user: Root}", "ssh: {authorized_keys: [ssh-rsa]}",
    "ssh: {authorized_keys: ['ssh-rsa !!!!']}",
    "ssh: {authorized_keys: [\"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAA\\nx\"]}",
    "packages: {docker: {version: latest}}", "packages: {docker: {package: '-y'}}",
    "packages: {repositories: [{id: '../x', baseurl: 'http://h/'}]}",
    "packages: {repositories: [{id: x, baseurl: /os}]}", "time: {servers: [a b]}",
    "limits: {boot: 10}", "limits: {boot: 0s}", "limits: {boot: 1m1h}", "limits: {boot: -1s}",
    "limits: {boot: 169h}", "limits: {boot: 9999999999999h}", "parallel: {steps: 0}",
    "sizes: {default: {memory: 8GB}}", "sizes: {default: {memory: 0GiB}}",
    "sizes: {default: {vcpus: 0}}",
    "sizes: {default: {disk: 9999999TiB}}",
    "nodes: [{names: 'a[3-1]', role: master, address: 10.1.1.5}]",
    "nodes: [{names: A, role: master, address: 10.1.1.5}]",
    "nodes: [{names: a, role: slave, address: 10.1.1.5}]",
    "nodes: [{names: a, role: master, address: 10.1.1.05}]",
    "nodes: [{names: a, role: master, address: 10.1.1.5, mac: 5254.0000.0001}]",
  ])
  func aBadValueIsRefused(_ line: String) {
    let diagnostics = readClusterFile("version: 1\n" + line).diagnostics
    #expect(diagnostics.map(\.id) == ["bad-value"], "\(diagnostics)")
  }

  @Test func aNameWithADomainIsPointedToItsKey() throws {
    let reading = readClusterFile(
      "version: 1\nnodes: [{names: 'm[1-3].dc1.example.com', role: master, address: 10.1.1.5}]")
    let finding = try #require(reading.diagnostics.first)
    #expect("\(finding.message) \(finding.hint)".contains("network.domain"), "\(finding)")
  }

  @Test func allFindingsComeAtOnceSortedAndQuoted() {
    let text = """
      cluster: A
      netwrok: {}
      limits: {boot: 1, boot: 2}
      nodes:
        - {names: b, role: bootstrap, address: 10.9.9.9}
        - {names: m, role: mastr, address: 10.1.1.5}
      """
    let diagnostics = readClusterFile(text).diagnostics
    #expect(
      diagnostics.map { "\($0.position?.line ?? 0):\($0.position?.column ?? 0) \($0.id)" } == [
        "1:1 missing-key", "1:10 bad-value", "2:1 unknown-key", "3:16 bad-value",
        "3:19 duplicate-key", "6:22 bad-value",
      ])
    #expect(diagnostics.last?.sourceLine == "  - {names: m, role: mastr, address: 10.1.1.5}")
    #expect(diagnostics[4].message.contains("line 3, column 10"))
  }

  /// A fault must not bring others that only follow from it.
  @Test func rulesOverBrokenValuesAreNotApplied() {
    let nodes =
      "nodes:\n- {names: b, role: bootstrap, address: 10.2.0.8}\n"
      + "- {names: m, role: master, address: 10.2.0.9}\n"
    #expect(
      readClusterFile("version: 1\nnetwork: {cdr: 10.2.0.0/16}\n" + nodes).diagnostics.map(\.id)
        .sorted()
        == ["no-agents", "unknown-key"])
    #expect(
      readClusterFile("version: 1\nnetwork: {cidr: 10.2.0.1/16}\n" + nodes).diagnostics.map(\.id)
        .sorted()
        == ["bad-value", "no-agents"])
  }

  @Test func doubtsAreWarningsOncePerPlace() {
    let text = """
      version: 1
      sizes: {default: {memory: 4GiB, vcpus: 1}}
      nodes:
        - {names: b, role: bootstrap, address: 10.1.1.2}
        - {names: "m[1-3]", role: master, address: 10.1.1.5}
      """
    let reading = readClusterFile(text)
    #expect(reading.cluster != nil)
    #expect(reading.diagnostics.allSatisfy { $0.severity == .warning })
    #expect(
      reading.diagnostics.map { "\($0.position?.line ?? 0) \($0.id)" } == [
        "2 small-memory", "2 single-vcpu", "4 no-agents",
      ])
  }

  @Test(arguments: [
    ("qemu:///session", "nat", true), ("qemu+ssh://h/session?x=1", "isolated", true),
    ("qemu:///session", "bridge, name: br0", false), ("qemu:///system", "nat", false),
    ("test:///default", "nat", false),
  ])
  func aSessionIsSaidToMakeNoNetwork(_ uri: String, _ mode: String, _ isFound: Bool) {
    let text = "version: 1\nhypervisor: {uri: \"\(uri)\"}\nnetwork: {mode: \(mode)}\n"
    let reading = readClusterFile(text)
    #expect(reading.cluster != nil)
    #expect(
      reading.diagnostics.map { "\($0.position?.line ?? 0) \($0.severity) \($0.id)" }
        == (isFound ? ["2 warning hypervisor-session"] : []))
  }

  @Test(arguments: [
    ("20.10.24", "1.11.11", true), ("3:19.03.0-3.el7", "1.12.4", true),
    ("19.03.5", "1.13.3", true), ("18.09.9", "1.11.2", false), ("20.10.24", "1.11.12", false),
    ("20.10.24", "2.2.1", false), ("1.13.1-7.el7", "1.11.2", false),
  ])
  func aDockerThatThePreflightMisreadsIsFound(
    _ docker: String, _ release: String, _ isFound: Bool
  ) {
    let text =
      "version: 1\ndcos: {version: \(release)}\n"
      + "packages: {docker: {version: '\(docker)'}}\n"
    let reading = readClusterFile(text)
    #expect(reading.cluster != nil, "\(reading.diagnostics)")
    #expect(
      reading.diagnostics.map { "\($0.position?.line ?? 0) \($0.severity) \($0.id)" }
        == (isFound ? ["3 warning docker-misread"] : []))
    #expect(reading.diagnostics.allSatisfy { $0.hint.hasPrefix("18.09.9 ") })
  }

  @Test func findingsAreLimited() {
    let text = "version: 1\n" + (0..<5000).map { "zzz\($0): 1\n" }.joined()
    let diagnostics = readClusterFile(text).diagnostics
    #expect(diagnostics.count == ClusterFileDecoder.maximumFindings + 1)
    #expect(diagnostics.contains { $0.id == "too-many-findings" })
  }
}

extension FaultyFile {
  /// The same fault, expected elsewhere.
  fileprivate func at(_ line: Int, _ column: Int) -> FaultyFile {
    FaultyFile(id, text, line, column, hint: hint)
  }

  /// The same file with other text in it.
  fileprivate func replacing(_ old: String, _ new: String) -> FaultyFile {
    FaultyFile(id, text.replacing(old, with: new), line, column, hint: hint)
  }
}
