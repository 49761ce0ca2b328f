@testable import ForgeGenconf
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

@Suite struct FilledGenconfTests {
  private func fill(_ config: String, _ spec: ClusterSpec = Samples.spec) -> FilledGenconf {
    FilledGenconf(config: Array(config.utf8), file: "config.yaml", cluster: spec)
  }

  @Test(arguments: [
    DCOSVersion(1, 11, 0), DCOSVersion(1, 12, 5), DCOSVersion(1, 13, 9), DCOSVersion(2, 0, 6),
    DCOSVersion(2, 1, 2), DCOSVersion(2, 2, 1),
  ])
  func anEmptyFileBecomesOneThatEveryReleaseAccepts(_ version: DCOSVersion) {
    var spec = Samples.spec
    spec.dcos.version = version
    let filled = fill("oauth_enabled: 'false'\n", spec)
    let contents = GenconfContents(
      contents: ["genconf/ip-detect": Array("#!/bin/sh\necho 10.1.1.49\n".utf8)])
    let evaluation = GenconfEvaluator(version: version).evaluate(
      config: filled.config, file: "config.yaml", files: contents, cluster: spec)
    #expect(evaluation.verdict == .accepted)
    #expect(!evaluation.findings.contains { $0.severity == .error }, "\(evaluation.findings)")
  }

  @Test func whatIsCompletePassesUntouched() throws {
    let text = """
      # a comment, which stays
      bootstrap_url: http://10.1.1.8:8080
      cluster_name: other
      exhibitor_storage_backend: static
      master_discovery: static
      master_list: [10.1.1.49, 10.1.1.50, 10.1.1.51]
      resolvers: [10.1.1.1]

      """
    #expect(fill(text).config == Array(text.utf8))
  }

  @Test func whatStandsInTheFileWins() {
    let names = fill("cluster_name: mine\nmaster_discovery: master_http_loadbalancer\n").entries
    #expect(names.first?.origin == "config.yaml line 1")
    #expect(names.filter { $0.name == "cluster_name" }.count == 1)
    #expect(!names.contains { $0.name == "master_list" })
  }

  @Test func theIPv6PairStaysAPair() {
    let entries = fill("enable_ipv6: false\n").entries
    #expect(
      entries.last?.name == "master_list" || entries.contains { $0.name == "dcos_l4lb_enable_ipv6" }
    )
    #expect(
      entries.first { $0.name == "dcos_l4lb_enable_ipv6" }?.origin.contains("enable_ipv6") == true)
    #expect(!fill("enable_ipv6: true\n").entries.contains { $0.name == "dcos_l4lb_enable_ipv6" })
  }

  @Test(arguments: ["", "- a\n", "a: [", "\u{FEFF}é: 1\n"])
  func whatCannotBeReadIsPassedOnAsItIs(_ text: String) {
    #expect(fill(text).config == Array(text.utf8))
    #expect(fill(text).entries.isEmpty)
  }

  /// Another reader of YAML finds the same values.
  @Test(.enabled("needs python3-yaml") { await PythonYAMLReader.isThere() })
  func anotherReaderAgrees() async throws {
    let source =
      "resolvers: [10.1.1.1]\nmesos_max_completed_tasks_per_framework: 0o17\n"
      + "dns_search: 'a b'\ncustom: {x: [1, '1', null]}\n"
    let filled = fill(source)
    let given = try await PythonYAMLReader.read(source)
    let written = try await PythonYAMLReader.read(String(decoding: filled.config, as: UTF8.self))
    let annotated = try await PythonYAMLReader.read(filled.annotated)
    for (name, value) in given { #expect(written[name] == value) }
    #expect(written == annotated)
    #expect(written["master_list"] == #"["10.1.1.49", "10.1.1.50", "10.1.1.51"]"#)
    #expect(written["bootstrap_url"] == "\"\(Samples.spec.bootstrapURL)\"")
  }
}

/// PyYAML, the reader that DC/OS uses, where the machine has it.
private enum PythonYAMLReader {
  static func isThere() async -> Bool { (try? await read("a: 1")) != nil }

  /// Each value as JSON, by key.
  static func read(_ text: String) async throws -> [String: String] {
    let script = """
      import json, sys, yaml
      document = yaml.safe_load(sys.stdin)
      print(json.dumps({key: json.dumps(value) for key, value in document.items()}))
      """
    let result = try await LocalProgram.run(
      ["/usr/bin/env", "python3", "-c", script], input: text)
    guard result.succeeded else { throw CocoaError(.executableLoad) }
    return try JSONDecoder().decode(
      [String: String].self, from: Data(result.standardOutput.utf8))
  }
}
