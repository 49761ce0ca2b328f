import ForgeSupport

/// A rule over several parameters, which DC/OS reports under every one of them.
///
/// It holds only where DC/OS computed all of them without an error. Source: the functions with
/// several arguments in `gen/calc.py` and `ssh/validate.py`.
struct GenconfCrossRule: Sendable {
  /// A stable name.
  let id: String
  /// The releases with the rule.
  let span: GenconfSpan
  /// The parameters it reads.
  let parameters: [String]
  /// Whether only the SSH installer has it.
  let isSSH: Bool
  let check: @Sendable ([String: String]) throws(GenconfFault) -> Void

  init(
    _ id: String, in span: GenconfSpan = .all, _ parameters: [String], isSSH: Bool = false,
    _ check: @escaping @Sendable ([String: String]) throws(GenconfFault) -> Void
  ) {
    self.id = id
    self.span = span
    self.parameters = parameters
    self.isSSH = isSSH
    self.check = check
  }

  /// All of them.
  static let all: [GenconfCrossRule] = [
    defaultOverlay, ipv6, discovery, tls, taskHistory, checkNames, superuser, sharedMemory,
    calicoWithoutSwitch, calico, apart("master_list", "agent_list"),
    apart("master_list", "public_agent_list"), apart("agent_list", "public_agent_list"),
  ]

  static let defaultOverlay = GenconfCrossRule(
    "default-overlay", ["dcos_overlay_network_default_name", "dcos_overlay_network"]
  ) { (values) throws(GenconfFault) in
    let name = values["dcos_overlay_network_default_name"] ?? ""
    let overlay = try GenconfRule.json(values["dcos_overlay_network"] ?? "")
    guard case .list(let overlays)? = overlay["overlays"],
      overlays.contains(where: { $0["name"] == .string(name) })
    else {
      throw .rejected(
        "the default overlay \(name.excerpt) is not defined",
        fix: "define it in dcos_overlay_network, or give dcos_overlay_network_default_name the "
          + "name of one that is")
    }
  }

  static let ipv6 = GenconfCrossRule(
    "l4lb-without-ipv6", ["dcos_l4lb_enable_ipv6", "enable_ipv6"]
  ) { (values) throws(GenconfFault) in
    let value = values["dcos_l4lb_enable_ipv6"] ?? ""
    guard value == "true" || value == "false" else {
      throw .rejected("dcos_l4lb_enable_ipv6 must be true or false, but is \(value.excerpt)")
    }
    guard values["enable_ipv6"] != "false" || value == "false" else {
      throw .rejected(
        "enable_ipv6 is false, so dcos_l4lb_enable_ipv6 must be false too",
        fix: "dcos_l4lb_enable_ipv6: 'false'")
    }
  }

  static let discovery = GenconfCrossRule(
    "discovery-without-static", ["master_discovery", "exhibitor_storage_backend"]
  ) { (values) throws(GenconfFault) in
    guard
      values["master_discovery"] == "static" || values["exhibitor_storage_backend"] != "static"
    else {
      throw .rejected(
        "exhibitor_storage_backend can be static only when master_discovery is static",
        fix: "master_discovery: static, or another exhibitor_storage_backend")
    }
  }

  static let tls = GenconfCrossRule(
    "no-tls",
    ["adminrouter_tls_1_0_enabled", "adminrouter_tls_1_1_enabled", "adminrouter_tls_1_2_enabled"]
  ) { (values) throws(GenconfFault) in
    guard values.values.contains("true") else {
      throw .rejected(
        "at least one TLS version must be enabled", fix: "adminrouter_tls_1_2_enabled: 'true'")
    }
  }

  static let taskHistory = GenconfCrossRule(
    "task-history", in: .before(.v2_1),
    ["mesos_max_completed_tasks_per_framework", "has_mesos_max_completed_tasks_per_framework"]
  ) { (values) throws(GenconfFault) in
    guard values["has_mesos_max_completed_tasks_per_framework"] == "true" else { return }
    let value = values["mesos_max_completed_tasks_per_framework"] ?? ""
    guard PythonText.integer(value) != nil else {
      throw .rejected("mesos_max_completed_tasks_per_framework must be a whole number")
    }
  }

  static let checkNames = GenconfCrossRule(
    "reserved-check", ["custom_checks", "check_config"]
  ) { (values) throws(GenconfFault) in
    let own = try GenconfRule.checkNames(values["custom_checks"] ?? "")
    let builtIn = try GenconfRule.checkNames(values["check_config"] ?? "")
    let shared = own.cluster.intersection(builtIn.cluster).union(
      own.node.intersection(builtIn.node))
    guard shared.isEmpty else {
      throw .rejected(
        "DC/OS has checks of these names: \(shared.sorted().joined(separator: ", "))",
        fix: "give yours other names")
    }
  }

  static let superuser = GenconfCrossRule(
    "half-superuser", in: .v1_13,
    ["superuser_service_account_uid", "superuser_service_account_public_key"]
  ) { (values) throws(GenconfFault) in
    guard Set(values.values.map(\.isEmpty)).count == 1 else {
      throw .rejected(
        "the superuser's uid and public key must both be given or both be empty",
        fix: "give superuser_service_account_uid and superuser_service_account_public_key, or none")
    }
  }

  static let sharedMemory = GenconfCrossRule(
    "shm-size", in: .v2_0,
    ["mesos_default_container_shm_size", "has_mesos_default_container_shm_size"]
  ) { (values) throws(GenconfFault) in
    guard values["has_mesos_default_container_shm_size"] == "true" else { return }
    let value = values["mesos_default_container_shm_size"] ?? ""
    guard let parts = PythonText.numberAndUnit(value), !parts.number.contains("."),
      ["B", "KB", "MB", "GB", "TB"].contains(parts.unit.uppercased())
    else { throw .rejected("must be a whole number and B, KB, MB, GB or TB", fix: "such as 64MB") }
  }

  static let calicoWithoutSwitch = GenconfCrossRule(
    "calico-overlap", in: GenconfSpan.v2_1.until(.calicoSwitch),
    ["dcos_overlay_network", "dcos_overlay_enable", "calico_network_cidr"], checkCalico)

  static let calico = GenconfCrossRule(
    "calico-overlap", in: .calicoSwitch,
    ["dcos_overlay_network", "dcos_overlay_enable", "calico_network_cidr", "calico_enabled"],
    checkCalico)

  private static func checkCalico(_ values: [String: String]) throws(GenconfFault) {
    guard values["dcos_overlay_enable"] == "true", values["calico_enabled"] != "false" else {
      return
    }
    let overlay = try GenconfRule.json(values["dcos_overlay_network"] ?? "")
    guard case .list(let overlays)? = overlay["overlays"],
      let calico = PythonNetwork(values["calico_network_cidr"] ?? "")
    else { return }
    for subnet in overlays.compactMap({ $0["subnet"].flatMap(PythonNetwork.init) })
    where subnet.overlaps(calico) {
      throw .rejected(
        "an overlay's subnet overlaps calico_network_cidr",
        fix: "choose another range for one of them")
    }
  }

  private static func apart(_ one: String, _ other: String) -> GenconfCrossRule {
    GenconfCrossRule(
      "shared-address", in: .before(.v2_0), [one, other], isSSH: true
    ) { (values) throws(GenconfFault) in
      let shared = Set(try GenconfRule.texts(values[one] ?? ""))
        .intersection(try GenconfRule.texts(values[other] ?? ""))
      guard shared.isEmpty else {
        throw .rejected(
          "\(one) and \(other) share \(shared.sorted().joined(separator: ", "))",
          fix: "list each address once")
      }
    }
  }
}
