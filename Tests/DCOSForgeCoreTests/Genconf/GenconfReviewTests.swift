@testable import ForgeModel
@testable import ForgeGenconf
import Testing

@testable import DCOSForgeCore

/// What DC/OS accepts and should not: each finding planted, each just avoided.
@Suite struct GenconfReviewTests {
  private func found(_ evaluated: GenconfEvaluation) -> [String] {
    evaluated.findings.filter { $0.source == .dcosforge }.map { "\($0.id) \($0.parameter)" }
  }

  @Test(arguments: ["1.11.0", "1.11.13", "1.12.5", "1.13.9", "2.0.6", "2.1.2", "2.2.1"])
  func theGoodFileHasNoFindings(_ version: String) {
    let evaluated = Genconf.evaluate(Genconf.file([]), version, cluster: Samples.spec)
    #expect(evaluated.verdict == .accepted && evaluated.findings == [])
  }

  struct Planted: Sendable, CustomTestStringConvertible {
    var name: String
    var value: String
    var id: String?
    var version = "1.11.2"
    var testDescription: String { "\(name): \(value) in \(version)" }

    init(_ name: String, _ value: String, _ id: String?, _ version: String = "1.11.2") {
      self.name = name
      self.value = value
      self.id = id
      self.version = version
    }
  }

  static let planted: [Planted] = [
    Planted("telemety_enabled", "false", "unknown-parameter"),
    Planted("log_directory", "/x", "ignored-parameter"),
    Planted("network_cni_root_dir_persist", "true", "ignored-parameter"),
    Planted("calico_enabled", "true", "other-release"),
    Planted("ssh_port", "22", "ssh-installer", "2.0.0"),
    Planted("dcos_net_push_ops_timeout", "1000", "other-release"),
    Planted("calico_enabled", "true", nil, "2.1.2"),
    Planted("exhibitor_zk_path", "/x", "unused-parameter"),
    Planted("agent_list", "[10.1.1.13]", "ssh-installer"),
    Planted("bootstrap_id", "x", "internal-parameter"),
    Planted("mesos_log_retention_mb", "02000", "yaml-notation"),
    Planted("cluster_name", "on", "yaml-notation"),
    Planted("mesos_log_retention_mb", "'1024'", nil), Planted("check_time", "on", nil),
    Planted("gc_delay", "banana", "bad-duration"), Planted("gc_delay", "2 days", "bad-duration"),
    Planted("gc_delay", "2days", nil), Planted("mesos_recovery_timeout", "24hrs x", "bad-duration"),
    Planted("docker_stop_timeout", "1.5mins", nil),
    Planted("docker_remove_delay", "1h", "bad-duration"),
    Planted("mesos_container_log_sink", "syslog", "unknown-log-sink"),
    Planted("mesos_container_log_sink", "fluentbit", "unknown-log-sink"),
    Planted("mesos_container_log_sink", "fluentbit", nil, "1.13.0"),
    Planted("rexray_config_preset", "gce", "unknown-rexray-preset"),
    Planted("rexray_config_preset", "aws", nil),
    Planted("marathon_gpu_scheduling_behavior", "x", "unknown-gpu-behavior", "1.13.0"),
    Planted("cluster_name", "''", "odd-cluster-name"),
    Planted("cluster_name", "\"'a' b\"", "odd-cluster-name"),
    Planted("cluster_name", "'a\\b'", "odd-cluster-name"),
    Planted("cluster_name", "'a '", "odd-cluster-name"),
    Planted("cluster_name", "\"\\u00fc\"", "odd-cluster-name"),
    Planted("cluster_name", "DC/OS", nil), Planted("cluster_name", "'it''s: (a) @ $b #1'", nil),
    Planted("cluster_name", "a b", nil), Planted("cluster_name", "\"a\\nb\"", "generation-fails"),
    Planted("bootstrap_url", "\"http://10.1.1.8:8080\\n\"", "generation-fails"),
    Planted("exhibitor_tls_required", "true", "generation-fails", "2.0.0"),
    Planted("exhibitor_tls_required", "false", nil, "2.0.0"),
    Planted("calico_vxlan_vni", "1024", "vxlan-clash", "2.2.1"),
    Planted("calico_vxlan_vni", "1025", nil, "2.2.1"),
    Planted("oauth_enabled", "true", "dead-login"),
    Planted("telemetry_enabled", "true", "dead-telemetry"),
    Planted("bootstrap_url", "10.1.1.8:8080", "bootstrap-url-scheme"),
    Planted("bootstrap_url", "file:///x", "bootstrap-url-file"),
    Planted("bootstrap_url", "http://10.1.1.8:99999", "bootstrap-url-port"),
    Planted("bootstrap_url", "http://10.1.1.49:80", "bootstrap-is-master"),
    Planted("resolvers", "[]", "no-resolvers"),
    Planted("resolvers", "[8.8.8.8, 8.8.4.4, 1.1.1.1, 9.9.9.9]", "too-many-resolvers"),
    Planted("resolvers", "[8.8.8.8, 8.8.4.4, 1.1.1.1]", nil),
    Planted("resolvers", "['10.1.1.1:5353']", "resolver-port"),
    Planted("resolvers", "['10.1.1.1:53']", nil),
    Planted("resolvers", "[198.51.100.1]", "resolver-loop"),
    Planted("resolvers", "[10.1.1.49]", "resolver-is-node"),
    Planted("master_list", "[9.1.1.1]", "network-overlap"),
    Planted("master_list", "[172.17.0.9]", "network-overlap"),
    Planted("master_list", "[172.29.0.9]", "network-overlap", "2.1.2"),
    Planted("master_list", "[172.29.0.9]", nil),
    Planted("dcos_ucr_default_bridge_subnet", "10.1.0.0/16", "network-overlap"),
    Planted("bootstrap_url", "http://172.31.254.9:80", "network-overlap"),
    Planted("resolvers", "[9.9.9.9]", "network-overlap"),
    Planted("resolvers", "[11.1.1.1]", "network-overlap"),
  ]

  @Test(arguments: planted) func isFoundOrNot(_ plant: Planted) {
    let evaluated = Genconf.evaluate(Genconf.file([(plant.name, plant.value)]), plant.version)
    #expect(evaluated.verdict == .accepted, "\(evaluated.findings)")
    let ids = Set(evaluated.findings.map(\.id))
    #expect(plant.id.map { ids.contains($0) } ?? ids.isEmpty, "\(evaluated.findings)")
  }

  @Test func aFailureOfTheGenerationLeavesTheVerdict() {
    let evaluated = Genconf.evaluate(Genconf.file([("cluster_name", "\"a\\nb\"")]))
    #expect(evaluated.verdict == .accepted && evaluated.failsInGeneration)
    #expect(!Genconf.evaluate(Genconf.file([])).failsInGeneration)
  }

  @Test func emptyKeysForTheCloudAreFound() {
    let text = Genconf.file([
      ("exhibitor_storage_backend", "azure"), ("exhibitor_azure_account_name", "a"),
      ("exhibitor_azure_prefix", "p"),
    ])
    #expect(found(Genconf.evaluate(text, "1.11.11")) == ["empty-key exhibitor_azure_account_key"])
  }

  private static let proxy: [(String, String?)] = [
    ("use_proxy", "true"), ("https_proxy", "p:1"),
  ]

  @Test(
    arguments: [
      (
        proxy + [("http_proxy", "http://a@172.17.0.9:1"), ("no_proxy", "[]")],
        [
          "network-overlap http_proxy"
        ]
      ),
      (proxy + [("http_proxy", "p:1"), ("no_proxy", "[.a, '*.b']")], ["proxy-wildcard no_proxy"]),
      (proxy + [("http_proxy", "p:1"), ("no_proxy", "[.a, '*']")], []),
    ] as [([(String, String?)], [String])])
  func aProxyIsLookedAt(_ changes: [(String, String?)], _ wanted: [String]) {
    #expect(found(Genconf.evaluate(Genconf.file(changes))) == wanted)
  }

  @Test(arguments: [
    ("10.1.1.7:2181", []), ("10.1.1.7:2181,10.1.1.50:2181", ["zookeeper-is-master"]),
    ("localhost:2181", ["zookeeper-is-master"]), ("172.17.0.4:2181", ["network-overlap"]),
  ])
  func theOtherZooKeeperIsNoMaster(_ hosts: String, _ wanted: [String]) {
    let text = Genconf.file([
      ("exhibitor_storage_backend", "zookeeper"), ("exhibitor_zk_path", "/x"),
      ("exhibitor_zk_hosts", "'\(hosts)'"),
    ])
    #expect(found(Genconf.evaluate(text)) == wanted.map { $0 + " exhibitor_zk_hosts" })
  }

  @Test(arguments: [
    ("cluster_docker_credentials_enabled: 'true'\n", []),
    ("", ["unused-parameter cluster_docker_credentials"]),
    // Written to /etc/mesosphere they may be for others.
    (
      "cluster_docker_credentials_dcos_owned: 'false'\n"
        + "cluster_docker_credentials_write_to_etc: 'true'\n", []
    ),
  ])
  func dockersCredentialsNeedTheirSwitch(_ more: String, _ wanted: [String]) {
    let text = Genconf.file([("cluster_docker_credentials", "{auths: {a: {auth: b}}}")]) + more
    #expect(found(Genconf.evaluate(text)) == wanted)
  }

  @Test func theNearestNameIsOffered() {
    let evaluated = Genconf.evaluate(Genconf.file([("telemety_enabled", "x")]))
    #expect(evaluated.findings.first?.fix == "did you mean telemetry_enabled?")
    #expect(evaluated.ignoredKeys == ["telemety_enabled"])
    #expect(evaluated.findings.first?.position?.line == 9)
  }

  @Test func repeatedKeysAreFound() {
    let evaluated = Genconf.evaluate(Genconf.file([]) + "cluster_name: other\n")
    #expect(found(evaluated) == ["repeated-key cluster_name"])
    #expect(evaluated.findings.first?.position?.line == 9)
    let merged = Genconf.evaluate(Genconf.file([]) + "<<: {gc_delay: 1days}\ngc_delay: 2days\n")
    #expect(found(merged) == [])
  }

  @Test func agentsAmongMastersAreFound() {
    let text = Genconf.file([
      ("agent_list", "[10.1.1.49, 10.1.1.13]"), ("public_agent_list", "[10.1.1.13]"),
    ])
    let ids = found(Genconf.evaluate(text))
    #expect(ids.contains("agent-is-master agent_list"))
    #expect(ids.contains("agent-is-public public_agent_list"))
  }

  // MARK: With the plan

  private func planned(_ name: String, _ value: String) -> [String] {
    found(Genconf.evaluate(Genconf.file([(name, value)]), cluster: Samples.spec))
  }

  @Test func thePlanIsCompared() {
    #expect(
      planned("bootstrap_url", "http://10.1.1.9:8080") == [
        "bootstrap-url-not-planned bootstrap_url"
      ])
    #expect(planned("master_list", "[10.1.1.51, 10.1.1.50, 10.1.1.49]") == [])
    #expect(planned("master_list", "[10.1.1.49]") == ["masters-not-planned master_list"])
    #expect(
      planned("master_list", "[10.1.1.13]")
        == ["masters-not-planned master_list", "agent-is-master master_list"])
    #expect(planned("resolvers", "[10.1.1.8]") == ["resolver-is-node resolvers"])
    #expect(
      planned("dcos_ucr_default_bridge_subnet", "10.1.1.128/25")
        == ["network-overlap dcos_ucr_default_bridge_subnet"])
    #expect(planned("dcos_ucr_default_bridge_subnet", "10.1.2.0/24") == [])
  }

  // MARK: Silence and other files

  @Test func aFindingCanBeSilencedButDCOSCannot() {
    let text = Genconf.file([("gc_delay", "banana"), ("check_time", "maybe")])
    let evaluated = Genconf.evaluate(text, silenced: ["bad-duration", "invalid-value"])
    #expect(evaluated.findings.map(\.id) == ["invalid-value"])
  }

  @Test func theScriptIsReadToo() {
    let evaluated = Genconf.evaluate(
      Genconf.file([]), contents: Genconf.contents(script: "echo 10.1.1.49\r\n"))
    #expect(evaluated.verdict == .accepted)
    #expect(evaluated.findings.contains { $0.id == "ip-detect" && $0.severity == .error })
  }
}
