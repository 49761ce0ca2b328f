import ForgeConfiguration
import ForgeDCOS
import ForgeSupport
import ForgeModel

/// Finds what DC/OS accepts and should not.
///
/// Source: what the services do with the values: the units and programs of `dcos/dcos` that read
/// them. It never changes DC/OS's verdict.
struct GenconfReview {
  let version: DCOSVersion
  let document: PythonYAML.Document
  /// What is given, as text.
  let given: [String: String]
  /// Everything that DC/OS computed; empty after a traceback.
  let values: [String: String]
  /// What DC/OS reports already.
  let reported: Set<String>
  let contents: GenconfContents
  let cluster: ClusterSpec?
  let causes: GenconfCauses
  /// Whether the SSH installer's rules are asked for.
  let isSSH: Bool

  /// All findings in the order of their rules.
  func findings() -> [GenconfFinding] {
    keys() + notations() + cloud() + durations() + names() + bootstrap() + masters() + resolvers()
      + proxies() + zooKeepers() + overlaps() + services() + credentials() + newlines() + script()
  }

  /// A finding at the parameter, or at an item of its list.
  func finding(
    _ id: String, _ parameter: String, item: String? = nil, error: Bool = false,
    _ message: String, _ fix: String = ""
  ) -> GenconfFinding {
    GenconfFinding(
      id: id, severity: error ? .error : .warning, parameter: parameter,
      position: item.map { document.place(of: $0, in: parameter) }
        ?? document.place(of: parameter), message: message, fix: fix, source: .dcosforge)
  }

  /// The items of a list value that passed its rule; empty otherwise.
  func list(_ name: String) -> [String] {
    guard !reported.contains(name), let text = values[name] ?? given[name] else { return [] }
    return (try? GenconfRule.texts(text)) ?? []
  }

  /// For how many unknown keys the nearest known one is looked for.
  static let maximumSuggestions = 50

  // MARK: Keys

  /// Keys that DC/OS skips, and values that nothing uses.
  private func keys() -> [GenconfFinding] {
    var findings = document.repeated.map { name, position in
      var repeated = finding(
        "repeated-key", name, "given more than once; the last one counts", "leave one")
      repeated.position = position
      return repeated
    }
    let known = GenconfParameters.known(in: version).map(\.name)
    let isKnown = Set(known)
    var unknowns = 0
    let installers = isSSH ? [] : installerKeys()
    if !installers.isEmpty { findings.append(installer(of: installers)) }
    for name in given.keys.sorted() where !installers.contains(name) {
      if !isKnown.contains(name) {
        unknowns += 1
        let candidates = unknowns <= Self.maximumSuggestions ? known : []
        findings.append(unknown(name, among: candidates))
      } else if reported.isEmpty, !values.isEmpty, values[name] == nil {
        let remedy = causes.remedy(for: name)
        findings.append(
          finding(
            "unused-parameter", name, "nothing uses it with the other values as they are",
            remedy.isEmpty ? "remove it" : "remove it, or set \(remedy)"))
      } else if Self.internals.contains(name), !reported.contains(name) {
        findings.append(
          finding("internal-parameter", name, "meant for DC/OS itself", "remove it"))
      }
    }
    return findings
  }

  /// The keys of DC/OS's own SSH installer that are given, in the order of the file.
  private func installerKeys() -> [String] {
    (GenconfParameters.sshInstaller.map(\.name) + ["extra_ssh_options"])
      .filter { given[$0] != nil }.sorted { one, other in
        switch (document.keys[one], document.keys[other]) {
        case (let first?, let second?): first < second
        default: one < other
        }
      }
  }

  /// One finding for all of them: they were all written for the same reason.
  private func installer(of names: [String]) -> GenconfFinding {
    let others = names.dropFirst().joined(separator: ", ")
    return finding(
      "ssh-installer", names[0],
      (others.isEmpty ? "" : "like \(others), ")
        + "read only by DC/OS's own SSH installer (up to 1.13), which dcosforge does not use",
      "remove \(others.isEmpty ? "it" : "them"): the cluster file has the nodes and how they are "
        + "reached")
  }

  private static let internals: Set<String> = [
    "bootstrap_id", "bootstrap_variant", "zk_client_port", "check_config", "dns_bind_ip_reserved",
    "ip_detect_contents", "ip_detect_public_contents", "ip6_detect_contents",
    "dcos_overlay_network_json", "_superuser_service_account_public_key_json",
  ]

  /// Keys of DC/OS's documents that the open-source edition skips.
  private static let documented: [String: String] = [
    "log_directory": "", "cosmos_config": "", "security": "enterprise only",
    "network_cni_root_dir_persist": "mesos_cni_root_dir_persist is what DC/OS reads",
    "superuser_username": "enterprise only", "superuser_password_hash": "enterprise only",
    "ca_certificate_path": "enterprise only", "ca_certificate_key_path": "enterprise only",
    "ca_certificate_chain_path": "enterprise only", "zk_super_credentials": "enterprise only",
    "zk_master_credentials": "enterprise only", "zk_agent_credentials": "enterprise only",
    "bouncer_expiration_auth_token_days": "enterprise only",
    "dcos_audit_logging": "enterprise only", "adminrouter_auth_cache_enabled": "enterprise only",
    "feature_dcos_storage_enabled": "enterprise only", "iam_ldap_sync_interval": "enterprise only",
    "permissions_cache_ttl_seconds": "enterprise only",
    "external_certificate_validity_days": "enterprise only", "customer_key": "no longer read",
  ]

  /// Names of DC/OS's web installer, which ended with 1.10, and what DC/OS calls the same.
  private static let renamed = [
    "ip_detect_path": "ip_detect_filename", "ip_detect_public_path": "ip_detect_public_filename",
  ]

  private func unknown(_ name: String, among known: [String]) -> GenconfFinding {
    if let note = Self.documented[name] {
      return finding(
        "ignored-parameter", name, "documented, but DC/OS \(version) does not read it",
        note.isEmpty ? "remove it" : note)
    }
    if let other = GenconfParameters.named(name) {
      return finding(
        "other-release", name, "DC/OS \(version) does not know it (\(other.span))", "remove it")
    }
    let near = Self.renamed[name] ?? nearest(to: name, among: known)
    return finding(
      "unknown-parameter", name, "DC/OS does not know it and skips it in silence",
      near.map { "did you mean \($0)?" } ?? "remove it")
  }

  /// Values that YAML 1.1 turns into something else than what is written.
  private func notations() -> [GenconfFinding] {
    document.nodes.keys.sorted().compactMap { name in
      guard case .scalar(let written, .plain)? = document.nodes[name]?.content,
        let text = given[name], text != written
      else { return nil }
      if ["true", "false"].contains(text) {
        guard GenconfParameters.named(name)?.kind != .boolean,
          !["true", "false"].contains(written.lowercased())
        else { return nil }
      }
      return finding(
        "yaml-notation", name, "\(written.excerpt) is read as \(text.excerpt)",
        "quote it if the text is meant, or write \(text.excerpt)")
    }
  }

  // MARK: Values

  /// Keys for the cloud that later releases let pass empty.
  private func cloud() -> [GenconfFinding] {
    let needed = [
      ("exhibitor_azure_account_key", values["exhibitor_storage_backend"] == "azure"),
      ("aws_secret_access_key", values["exhibitor_explicit_keys"] == "true"),
    ]
    return needed.compactMap { name, isNeeded in
      guard isNeeded, values[name] == "" else { return nil }
      return finding(
        "empty-key", name, error: true, "empty, and Exhibitor cannot store anything",
        "give the key of the storage")
    }
  }

  private func durations() -> [GenconfFinding] {
    let units = ["ns", "us", "ms", "secs", "mins", "hrs", "days", "weeks"]
    return ["docker_remove_delay", "docker_stop_timeout", "gc_delay", "mesos_recovery_timeout"]
      .compactMap { name in
        guard let text = given[name], !reported.contains(name) else { return nil }
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = String(text.dropFirst(number.count))
        guard Double(number) == nil || !units.contains(unit) else { return nil }
        return finding(
          "bad-duration", name, error: true,
          "\(text.excerpt) is no duration for Mesos; it dies of it",
          "a number followed by \(units.joined(separator: ", ")), without a blank")
      }
  }

  /// Texts that must be one of some names, which DC/OS forgot to check.
  private func names() -> [GenconfFinding] {
    let isFluent = GenconfSpan.v1_13.contains(version)
    let sinks =
      ["journald", "logrotate", "journald+logrotate"]
      + (isFluent ? ["fluentbit", "fluentbit+logrotate"] : [])
    let choices = [
      ("mesos_container_log_sink", "unknown-log-sink", sinks, true),
      ("rexray_config_preset", "unknown-rexray-preset", ["", "aws"], false),
      (
        "marathon_gpu_scheduling_behavior", "unknown-gpu-behavior",
        ["restricted", "unrestricted", ""], true
      ),
    ]
    var findings = choices.compactMap { name, id, allowed, isError -> GenconfFinding? in
      guard let text = given[name], values[name] != nil, !allowed.contains(text) else { return nil }
      return finding(
        id, name, error: isError, "\(text.excerpt) is none that DC/OS has",
        "one of \(allowed.filter { !$0.isEmpty }.joined(separator: ", "))")
    }
    if let text = given["cluster_name"], let fault = Self.fault(ofClusterName: text) {
      findings.append(
        finding(
          "odd-cluster-name", "cluster_name", fault,
          text.isEmpty ? "give the cluster a name" : "write it without"))
    }
    if values["calico_vxlan_vni"].flatMap(PythonText.integer) == 1024 {
      findings.append(
        finding(
          "vxlan-clash", "calico_vxlan_vni", error: true, "1024 is the overlay's own number",
          "take another one"))
    }
    return findings
  }

  /// What an environment file makes of the name; nil when it stays as it is.
  ///
  /// It becomes MESOS_CLUSTER in /opt/mesosphere/etc/mesos-master-provider (dcos/dcos,
  /// gen/dcos-config.yaml). systemd.exec(5), EnvironmentFile: blanks around a value go, quotes
  /// around it too, a backslash takes the next character along; all else is text. The installer,
  /// which has no locale, writes ASCII only.
  private static func fault(ofClusterName text: String) -> String? {
    let lost = "DC/OS keeps it in an environment file, where"
    if text.isEmpty { return "empty" }
    if text.hasPrefix(" ") || text.hasSuffix(" ") { return "\(lost) blanks at its ends are lost" }
    if text.hasPrefix("'") || text.hasPrefix("\"") {
      return "\(lost) a quotation mark at its start is lost"
    }
    if text.contains("\\") { return "\(lost) a backslash is lost" }
    let isPlain = text.unicodeScalars.allSatisfy { $0 == "\n" || ("\u{20}"..."~").contains($0) }
    return isPlain
      ? nil : "\(text.excerpt) has characters that the installer cannot write to its files"
  }

  private func services() -> [GenconfFinding] {
    var findings = login()
    if values["telemetry_enabled"] == "true" {
      findings.append(
        finding(
          "dead-telemetry", "telemetry_enabled", "usage is sent to a service that is gone",
          "telemetry_enabled: 'false'"))
    }
    return findings
  }

  /// The provider of DC/OS's defaults is gone; an operator's own is not.
  private func login() -> [GenconfFinding] {
    guard values["oauth_enabled"] == "true" else { return [] }
    let keys = ["oauth_issuer_url", "oauth_auth_redirector", "oauth_auth_host"]
    let gone = keys.filter { name in
      ["dcos.auth0.com", "auth.dcos.io"].contains { values[name]?.contains($0) == true }
    }
    guard !gone.isEmpty else { return [] }
    let names = gone.joined(separator: ", ")
    let isPartly = gone.count < keys.count
    let place = (["oauth_enabled"] + keys).first { document.keys[$0] != nil } ?? "oauth_enabled"
    return [
      finding(
        "dead-login", place,
        "login goes through a provider that is gone\(isPartly ? " (\(names))" : ""); "
          + "nobody could log in",
        "oauth_enabled: 'false', or your own provider in \(names)")
    ]
  }

  /// Docker's credentials reach the nodes, but Mesos only with a switch of their own.
  ///
  /// Source: `MESOS_DOCKER_CONFIG` in gen/dcos-config.yaml. What is written to /etc/mesosphere may
  /// be for others.
  private func credentials() -> [GenconfFinding] {
    let name = "cluster_docker_credentials"
    guard let text = values[name], given[name] != nil, text != "{}",
      values["cluster_docker_credentials_enabled"] == "false",
      values["cluster_docker_credentials_dcos_owned"] == "true"
    else { return [] }
    return [
      finding(
        "unused-parameter", name, "Mesos does not use them: they are not enabled",
        "cluster_docker_credentials_enabled: 'true'")
    ]
  }

  /// Texts with a newline, on which the templates break.
  private func newlines() -> [GenconfFinding] {
    var findings: [GenconfFinding] = given.keys.sorted().compactMap { name in
      guard let text = given[name], values[name] != nil,
        GenconfParameters.named(name)?.kind != .list, text.contains("\n")
      else { return nil }
      let isInside = text.dropLast().contains("\n")
      guard isInside || Self.brokenByLastNewline.contains(name) else { return nil }
      return finding(
        "generation-fails", name, error: true,
        "it holds a newline: DC/OS accepts it and then fails to write its files",
        "write one line, and |- or quotes instead of |")
    }
    if values["exhibitor_tls_required"] == "true" {
      findings.append(
        finding(
          "generation-fails", "exhibitor_tls_required", error: true,
          "the open-source edition has no TLS for Exhibitor: it accepts the value and then fails",
          "remove it"))
    }
    return findings
  }

  private static let brokenByLastNewline: Set<String> = [
    "adminrouter_tls_cipher_suite", "bootstrap_id", "bootstrap_tmp_dir", "bootstrap_url",
    "cluster_name", "dcos_cni_data_dir", "dcos_overlay_network6_default_name",
    "dcos_ucr_default_bridge_network_name", "exhibitor_admin_password", "intercom_enabled",
    "mesos_container_log_sink", "oauth_auth_host", "platform", "ui_banner", "ui_update_enabled",
    "ui_banner_background_color", "ui_banner_dismissible", "ui_banner_footer_content",
    "ui_banner_foreground_color", "ui_banner_header_content", "ui_banner_header_title",
    "ui_banner_image_path",
  ]

  /// What is wrong with the ip-detect script's text.
  private func script() -> [GenconfFinding] {
    guard given["ip_detect_contents"] == nil else { return [] }
    let path = given["ip_detect_filename"] ?? "genconf/ip-detect"
    guard let bytes = contents.contents[path] else { return [] }
    return IPDetectScript.findings(bytes).map { message in
      finding("ip-detect", "ip_detect_filename", error: true, "\(path): \(message)")
    }
  }
}
