@testable import ForgeGenconf
@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

/// Each rule of DC/OS with a file that passes and one that just fails.
@Suite struct GenconfRuleTests {
  struct Rule: Sendable, CustomTestStringConvertible {
    var name: String
    var good: String
    var bad: String
    var version = "2.2.1"
    var others: [String] = []
    var testDescription: String { "\(name) \(bad) in \(version)" }

    init(_ name: String, _ good: String, _ bad: String, _ version: String = "2.2.1") {
      self.name = name
      self.good = good
      self.bad = bad
      self.version = version
    }
  }

  static let rules: [Rule] = [
    Rule("bootstrap_url", "xy", "x"), Rule("bootstrap_url", "http://x", "http://x/"),
    Rule("master_list", "[10.1.1.255]", "[10.1.1.256]"),
    Rule("master_list", "[10.1.1.1, 10.1.1.2, 10.1.1.3]", "[10.1.1.1, 10.1.1.2, 10.1.1.2]"),
    Rule("master_list", "['10.1.1.9']", "['10.1.1.09']"),
    Rule("resolvers", "['10.1.1.1:65535']", "['10.1.1.1:65536']"),
    Rule("resolvers", "['10.1.1.1:1']", "['10.1.1.1:0']"),
    Rule("resolvers", "[198.51.100.4]", "[198.51.100.3]"),
    Rule("resolvers", "[10.1.1.1, 10.1.1.2]", "[10.1.1.1, 10.1.1.1]"),
    Rule("check_time", "false", "'no'"), Rule("check_time", "yes", "'yes'"),
    Rule("exhibitor_storage_backend", "static", "Static"),
    Rule("dns_forward_zones", "{a.b: ['1.1.1.1:53']}", "{a.b: 1.1.1.1}"),
    Rule("mesos_recovery_timeout", "1.5hrs", "1.5.5hrs"),
    Rule("mesos_recovery_timeout", "24hrs", "24hours"),
    Rule("mesos_log_retention_mb", "1024", "1023"),
    Rule("mesos_log_retention_mb", "02000", "01777"),
    Rule("mesos_agent_work_dir", "/a", "a"), Rule("diagnostics_bundles_dir", "/a", "a"),
    Rule("dcos_overlay_mtu", "552", "551"), Rule("dcos_overlay_config_attempts", "10", "11"),
    Rule("dcos_ucr_default_bridge_subnet", "9.0.0.0/8", "9.0.0.1/8"),
    Rule("dcos_ucr_default_bridge_subnet", "fd01::/64", "fd01::1/64", "2.0.6"),
    Rule("dcos_ucr_default_bridge_subnet", "9.0.0.0/255.0.0.0", "fd01::/64"),
    Rule("dcos_l4lb_min_named_ip", "11.0.0.1", "11.0.1"),
    Rule("dcos_l4lb_min_named_ip6", "'fd01:c::'", "'fd01:c:'"),
    Rule("rexray_config", "{}", "[]"), Rule("cluster_docker_credentials", "{a: b}", "ab"),
    Rule("mesos_dns_ip_sources", "[host]", "[1]"),
    Rule("adminrouter_x_frame_options", "ALLOW-FROM a", "ALLOW-FROM"),
    Rule("mesos_max_completed_frameworks", "'5_0'", "5x"),
    Rule("mesos_logrotate_file_size_mb", "2", "two"),
    Rule("metronome_gpu_scheduling_behavior", "''", "none"),
    Rule("marathon_new_group_enforce_role", "off_".replacing("off_", with: "'off'"), "on_"),
    Rule("exhibitor_bootstrap_ca_url", "https://a", "http://a"),
    Rule("dcos_net_push_ops_timeout", "50", "49"),
    Rule("dcos_dns_push_ops_timeout", "120000", "120001", "1.12.1"),
    Rule("dcos_dns_store_modes", "[set]", "[set, set]", "2.0.6"),
    Rule("calico_network_cidr", "10.0.0.0/8", "10.0.0.0/33"),
    Rule("calico_vxlan_port", "1025", "1024"), Rule("calico_vxlan_vni", "16777215", "16777216"),
    Rule("calico_veth_mtu", "552", "551"),
    Rule("custom_checks", "{}", "{checks: {}}"),
    Rule("fault_domain_enabled", "", "'false'"), Rule("master_quorum", "", "2"),
    Rule("num_masters", "", "3"), Rule("dcos_version", "", "x"),
  ]

  /// A store of modes is looked at through what is computed from it.
  private func reported(_ rule: Rule) -> [String] { [rule.name] }

  @Test(arguments: rules) func passesAndJustFails(_ rule: Rule) {
    if !rule.good.isEmpty {
      let good = Genconf.evaluate(Genconf.file([(rule.name, rule.good)]), rule.version)
      #expect(good.verdict == .accepted, "\(good.findings)")
    }
    let bad = Genconf.evaluate(Genconf.file([(rule.name, rule.bad)]), rule.version)
    #expect(bad.verdict == .rejected && !bad.hasCrashed)
    #expect(bad.reportedParameters == reported(rule), "\(bad.findings)")
    let finding = bad.findings.first { $0.source == .dcos }
    #expect(finding?.severity == .error && finding?.position != nil)
  }

  @Test(arguments: [
    ("gc_delay", "~"), ("gc_delay", "1.5"), ("gc_delay", "2018-01-01"),
    ("gc_delay", "[2018-01-01]"),
    ("gc_delay", "\u{FC}"), ("5", "x"), ("mesos_log_retention_mb", "x"),
    ("adminrouter_grpc_proxy_port", "65536"), ("ip6_detect_filename", "genconf/nope"),
    ("ip_detect_public_filename", "genconf/nope"), ("mesos_recovery_timeout", ".hrs"),
    ("dcos_overlay_network", "{overlays: 5}"), ("dcos_overlay_network", "5"),
  ])
  func endsInATraceback(_ name: String, _ value: String) {
    let evaluated = Genconf.evaluate(Genconf.file([(name, value)]), "2.2.1")
    #expect(evaluated.hasCrashed && evaluated.verdict == .rejected)
    #expect(evaluated.findings.first?.id == "generator-crash")
  }

  @Test(
    arguments: [
      ([("enable_ipv6", "false")], "1.13.0", ["dcos_l4lb_enable_ipv6", "enable_ipv6"]),
      ([("enable_ipv6", "false")], "1.12.5", []),
      ([("enable_ipv6", "false"), ("dcos_l4lb_enable_ipv6", "false")], "1.13.0", []),
      (
        [("adminrouter_tls_1_2_enabled", "false")], "1.11.2",
        [
          "adminrouter_tls_1_0_enabled", "adminrouter_tls_1_1_enabled",
          "adminrouter_tls_1_2_enabled",
        ]
      ),
      ([("adminrouter_tls_1_2_enabled", "false")], "1.11.1", []),
      (
        [("dcos_overlay_network_default_name", "x")], "1.11.2",
        ["dcos_overlay_network", "dcos_overlay_network_default_name"]
      ),
      ([("calico_network_cidr", "9.0.0.0/24"), ("calico_enabled", "false")], "2.1.2", []),
      (
        [("calico_network_cidr", "9.0.0.0/24")], "2.1.2",
        ["calico_enabled", "calico_network_cidr", "dcos_overlay_enable", "dcos_overlay_network"]
      ),
      (
        [("superuser_service_account_uid", "x")], "1.13.0",
        ["superuser_service_account_public_key", "superuser_service_account_uid"]
      ),
      (
        [("mesos_default_container_shm_size", "5.5MB")], "2.0.0",
        ["has_mesos_default_container_shm_size", "mesos_default_container_shm_size"]
      ),
      ([("mesos_default_container_shm_size", "5mb")], "2.0.0", []),
      (
        [("mesos_max_completed_tasks_per_framework", "x")], "2.0.6",
        ["has_mesos_max_completed_tasks_per_framework", "mesos_max_completed_tasks_per_framework"]
      ),
      (
        [("mesos_max_completed_tasks_per_framework", "x")], "2.1.0",
        ["mesos_max_completed_tasks_per_framework"]
      ),
      ([("use_proxy", "true")], "1.11.2", ["http_proxy", "https_proxy", "no_proxy_final"]),
      (
        [("exhibitor_storage_backend", "azure")], "1.11.10",
        ["exhibitor_azure_account_key", "exhibitor_azure_account_name", "exhibitor_azure_prefix"]
      ),
      (
        [("exhibitor_storage_backend", "azure")], "1.11.11",
        ["exhibitor_azure_account_name", "exhibitor_azure_prefix"]
      ),
    ] as [([(String, String)], String, [String])])
  func combinationsAreReportedUnderEach(
    _ changes: [(String, String)], _ version: String, _ names: [String]
  ) {
    let evaluated = Genconf.evaluate(Genconf.file(changes.map { ($0.0, $0.1) }), version)
    #expect(evaluated.reportedParameters == names)
  }

  @Test func whatNothingUsesIsNotEvaluated() {
    let text = Genconf.file([("exhibitor_zk_hosts", "zk://x"), ("exhibitor_explicit_keys", "x")])
    #expect(Genconf.evaluate(text).verdict == .accepted)
  }

  @Test func theSSHInstallerHasRulesOfItsOwn() {
    let text = Genconf.file([("agent_list", "[10.1.1.49]"), ("ssh_user", "root")])
    #expect(Genconf.evaluate(text, "1.13.9").verdict == .accepted)
    let evaluated = Genconf.evaluate(text, "1.13.9", isSSH: true)
    #expect(evaluated.reportedParameters == ["agent_list", "master_list"])
    #expect(Genconf.evaluate(text, "2.0.0", isSSH: true).verdict == .accepted)
    let own = Genconf.file([("ssh_user", "root"), ("ssh_key_path", "genconf/other")])
    #expect(Genconf.evaluate(own, "1.11.10", isSSH: true).reportedParameters == ["ssh_key_path"])
    #expect(Genconf.evaluate(own, "1.11.11", isSSH: true).verdict == .accepted)
  }

  @Test func filesBesideAreNeeded() {
    let missing = Genconf.evaluate(
      Genconf.file([]), contents: Genconf.contents(hasIPDetect: false))
    #expect(missing.reportedParameters == ["ip_detect_contents"])
    var folder = Genconf.contents()
    folder.checkFolderHasFolder = true
    #expect(
      Genconf.evaluate(Genconf.file([]), contents: folder).reportedParameters
        == ["custom_check_bins_dir"])
    var latin = Genconf.contents()
    latin.contents["genconf/ip-detect"] = [0xFC]
    #expect(Genconf.evaluate(Genconf.file([]), contents: latin).hasCrashed)
  }

  // MARK: The table

  @Test(arguments: ["1.11.0", "1.11.9", "1.12.0", "1.13.9", "2.0.6", "2.1.0", "2.2.1"])
  func theTableFitsTogether(_ text: String) throws {
    let version = try #require(DCOSVersion(text))
    let known = GenconfParameters.known(in: version)
    #expect(Set(known.map(\.name)).count == known.count)
    let names = Set(known.map(\.name))
    for parameter in known {
      if case .when(let paths) = parameter.use.chosen(for: version) {
        #expect(paths.joined().allSatisfy { names.contains($0.name) }, "\(parameter.name)")
      }
      switch parameter.origin.chosen(for: version) {
      case .computed(let formula), .fixedBy(let formula):
        #expect(formula.inputs.allSatisfy(names.contains), "\(parameter.name)")
      default: break
      }
      #expect(parameter.isFixed(in: version) || !parameter.meaning.isEmpty, "\(parameter.name)")
    }
  }

  @Test func spansFollowTheBranches() throws {
    let span = GenconfSpan.backported9
    let holds = ["1.11.9", "1.11.13", "1.12.2", "1.13.0", "2.2.1"]
    let fails = ["1.11.8", "1.12.0", "1.12.1"]
    #expect(holds.allSatisfy { span.contains(Samples.must(DCOSVersion($0))) })
    #expect(!fails.contains { span.contains(Samples.must(DCOSVersion($0))) })
    #expect(span.description == "1.11.9, 1.12.2 and later")
  }
}
