@testable import ForgeModel
@testable import ForgeGenconf
import Foundation
import Testing

@testable import DCOSForgeCore

/// What published configurations brought up: the right words, at what the operator wrote.
@Suite struct GenconfReportTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Reports")

  private func published(_ name: String) throws -> GenconfEvaluation {
    let file = Self.folder.appendingPathComponent(name + ".yaml")
    return Genconf.evaluate(try String(contentsOf: file, encoding: .utf8))
  }

  private func shown(_ evaluated: GenconfEvaluation) -> [String] {
    evaluated.findings.map { finding in
      "\(finding.position?.line ?? 0) \(finding.severity) \(finding.id) \(finding.parameter)"
    }
  }

  @Test(arguments: [
    ("own-oauth-provider", "accepted", []),
    ("proxy-without-no_proxy", "rejected", ["11 error invalid-value no_proxy"]),
    // docker0 has the whole range on every node: the route ends there.
    ("resolver-in-docker-bridge", "accepted", ["10 error network-overlap resolvers"]),
    ("bootstrap-in-docker-bridge", "accepted", ["1 error network-overlap bootstrap_url"]),
    (
      "docker-credentials-not-enabled", "accepted",
      ["11 warning unused-parameter cluster_docker_credentials"]
    ),
  ])
  func aPublishedFileGetsItsFindings(_ name: String, _ verdict: String, _ wanted: [String]) throws {
    let evaluated = try published(name)
    #expect(evaluated.verdict.rawValue == verdict)
    #expect(shown(evaluated) == wanted, "\(evaluated.findings)")
  }

  // MARK: The key and the place as written

  private func evaluate(
    _ changes: [(String, String?)], _ version: String = "1.11.2"
  ) -> GenconfEvaluation {
    Genconf.evaluate(Genconf.file(changes), version)
  }

  /// The name that DC/OS reports, and the key at fault with its line; the good file has 8 lines.
  @Test(
    arguments: [
      (
        [("use_proxy", "true")], "1.11.2",
        [
          "9 http_proxy", "9 https_proxy", "9 no_proxy",
        ]
      ),
      ([("master_list", "[10.1.1.1, 10.1.1.2]")], "1.11.2", ["8 master_list"]),
      ([("ip_detect_filename", "genconf/nope")], "1.11.2", ["9 ip_detect_filename"]),
      ([("ip6_detect_filename", "genconf/nope")], "1.12.0", ["9 ip6_detect_filename"]),
      (
        [("mesos_default_container_shm_size", "5.5MB")], "2.0.0",
        [
          "9 mesos_default_container_shm_size"
        ]
      ),
      (
        [("mesos_max_completed_tasks_per_framework", "x")], "2.0.6",
        [
          "9 mesos_max_completed_tasks_per_framework"
        ]
      ),
      ([("adminrouter_tls_1_2_enabled", "false")], "1.11.2", ["9 adminrouter_tls_1_2_enabled"]),
      ([("enable_ipv6", "false")], "1.13.0", ["9 enable_ipv6"]),
      ([("dns_bind_ip_reserved", "x")], "1.11.2", ["9 dns_bind_ip_reserved"]),
      ([("superuser_service_account_uid", "x")], "1.13.0", ["9 superuser_service_account_uid"]),
      (
        [("exhibitor_storage_backend", "zookeeper")], "1.11.2",
        [
          "8 exhibitor_zk_hosts", "8 exhibitor_zk_path",
        ]
      ),
      ([("cluster_name", nil)], "1.11.2", ["0 cluster_name"]),
    ] as [([(String, String?)], String, [String])])
  func dcosSpeaksOfWhatIsWritten(
    _ changes: [(String, String?)], _ version: String, _ wanted: [String]
  ) {
    let findings = evaluate(changes, version).findings.filter { $0.source == .dcos }
    #expect(findings.map { "\($0.position?.line ?? 0) \($0.parameter)" } == wanted, "\(findings)")
  }

  /// What is put in for a plan does not move the places.
  @Test func placesLeadIntoTheFileAsWritten() {
    let text = "use_proxy: 'true'\nresolvers: [10.1.1.1]\nresolvers:\n- 10.1.1.1\n- 172.17.0.2\n"
    let evaluated = EvaluatedGenconf(
      config: Array(text.utf8), file: "config.yaml", contents: Genconf.contents(),
      for: Samples.spec)
    let shown = shown(evaluated.evaluation)
    for wanted in ["1 error invalid-value no_proxy", "3 warning repeated-key resolvers"] {
      #expect(shown.contains(wanted), "\(shown)")
    }
    let text2 = "oauth_enabled: 'false'\nresolvers:\n- 10.1.1.1\n- 172.17.0.2\n"
    let second = EvaluatedGenconf(
      config: Array(text2.utf8), file: "config.yaml", contents: Genconf.contents(),
      for: Samples.spec)
    #expect(self.shown(second.evaluation).contains("4 error network-overlap resolvers"))
  }

  // MARK: The hint answers the question

  private func fix(_ changes: [(String, String?)], _ id: String, _ version: String = "1.11.2")
    -> String
  {
    evaluate(changes, version).findings.first { $0.id == id }?.fix ?? "no \(id)"
  }

  @Test func theHintAnswersTheQuestion() {
    #expect(
      fix([("http_proxy", "http://p:1")], "unused-parameter")
        == "remove it, or set use_proxy: 'true'")
    #expect(fix([("no_proxy", "[a]")], "unused-parameter") == "remove it, or set use_proxy: 'true'")
    #expect(
      fix([("exhibitor_azure_account_key", "x")], "unused-parameter")
        == "remove it, or set exhibitor_storage_backend: azure")
    #expect(fix([("license_key_contents", "x")], "unused-parameter") == "remove it")
    #expect(fix([("ip_detect_path", "genconf/x")], "unknown-parameter").contains("_filename"))
    #expect(fix([("use_proxy", "true")], "invalid-value").contains("no_proxy: []"))
    #expect(
      fix([("ip_detect_filename", "genconf/nope")], "invalid-value")
        == "add the file or remove the key")
    #expect(
      fix([("ip6_detect_filename", "genconf/nope")], "generator-crash", "1.12.0")
        == "add the file or remove the key")
    #expect(
      fix([("dns_forward_zones", "[[a.b, [[1.1.1.1, 53]]]]")], "invalid-value").contains("1.10"))
    #expect(
      fix([("dcos_overlay_network_default_name", "x")], "conflicting-values")
        .contains("define it in dcos_overlay_network"))
    #expect(
      fix([("calico_network_cidr", "9.0.0.0/24")], "conflicting-values", "2.1.2")
        == "choose another range for one of them")
    #expect(
      fix([("exhibitor_storage_backend", "zookeeper")], "missing-parameter")
        == "the other ZooKeeper, host:port,host:port")
    #expect(fix([("master_dns_bindall", "'no'")], "invalid-value") == "")
    #expect(fix([("calico_network_cidr", "x")], "invalid-value", "2.2.1").contains("IPv4 network"))
  }

  @Test func aMissingFileOfTheUsualNameHasNoKeyToRemove() {
    let evaluated = Genconf.evaluate(
      Genconf.file([]), contents: Genconf.contents(hasIPDetect: false))
    #expect(evaluated.findings.map(\.fix) == ["add the file"])
    #expect(evaluated.findings.map(\.parameter) == ["ip_detect_filename"])
  }

  @Test(arguments: ["1.11.2", "1.13.9", "2.0.6", "2.2.1"])
  func keysOfTheOldInstallerAreOneFinding(_ version: String) {
    let keys = ["agent_list: [10.1.1.13]", "ssh_user: root", "extra_ssh_options: -v"]
    let text = Genconf.file([]) + keys.joined(separator: "\n") + "\n"
    let evaluated = Genconf.evaluate(text, version)
    #expect(shown(evaluated) == ["9 warning ssh-installer agent_list"])
    #expect(evaluated.findings.first?.message.contains("ssh_user, extra_ssh_options") == true)
  }

  @Test func onlyWhatIsLeftOfTheGoneProviderIsNamed() throws {
    let on = ("oauth_enabled", "true")
    let all = try #require(evaluate([on]).findings.first)
    #expect(all.position?.line == 8 && !all.message.contains("oauth_issuer_url"))
    let half = evaluate([on, ("oauth_issuer_url", "https://id.example.com/")]).findings
    #expect(half.map(\.id) == ["dead-login"])
    #expect(half.first?.message.contains("oauth_auth_redirector, oauth_auth_host") == true)
  }
}
