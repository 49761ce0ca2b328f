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

  /// All findings in the order of their rules.
  func findings() -> [GenconfFinding] {
    keys() + notations() + cloud() + durations() + names() + bootstrap() + masters() + resolvers()
      + overlaps() + services() + newlines() + script()
  }

  func finding(
    _ id: String, _ parameter: String, error: Bool = false, _ message: String, _ fix: String = ""
  ) -> GenconfFinding {
    GenconfFinding(
      id: id, severity: error ? .error : .warning, parameter: parameter,
      position: document.values[parameter], message: message, fix: fix, source: .dcosforge)
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
    for name in given.keys.sorted() {
      if !isKnown.contains(name) {
        unknowns += 1
        let candidates = unknowns <= Self.maximumSuggestions ? known : []
        findings.append(unknown(name, among: candidates))
      } else if reported.isEmpty, !values.isEmpty, values[name] == nil {
        let advice = GenconfParameters.named(name)?.advice ?? ""
        findings.append(
          finding(
            "unused-parameter", name, "nothing uses it with the other values as they are",
            advice.isEmpty ? "remove it, or set what makes it count" : advice))
      } else if Self.internals.contains(name), !reported.contains(name) {
        findings.append(
          finding("internal-parameter", name, "meant for DC/OS itself", "remove it"))
      }
    }
    return findings
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
    "extra_ssh_options": "the SSH installer only",
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
    let near = nearest(to: name, among: known)
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
      return finding("empty-key", name, error: true, "empty, and Exhibitor cannot store anything")
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
    if let text = given["cluster_name"] {
      let isPlain = text.unicodeScalars.allSatisfy { scalar in
        scalar.isASCII
          && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || "-_. ".unicodeScalars.contains(scalar))
      }
      if text.isEmpty {
        findings.append(
          finding("odd-cluster-name", "cluster_name", "empty", "give the cluster a name"))
      } else if !isPlain || text.hasPrefix(" ") || text.hasSuffix(" ") {
        findings.append(
          finding(
            "odd-cluster-name", "cluster_name",
            "\(text.excerpt) lands in environment files, where quotes and signs have a meaning",
            "letters, digits, - and _ only"))
      }
    }
    if values["calico_vxlan_vni"].flatMap(PythonText.integer) == 1024 {
      findings.append(
        finding(
          "vxlan-clash", "calico_vxlan_vni", error: true, "1024 is the overlay's own number",
          "take another one"))
    }
    return findings
  }

  private func services() -> [GenconfFinding] {
    var findings: [GenconfFinding] = []
    if values["oauth_enabled"] == "true" {
      findings.append(
        finding(
          "dead-login", "oauth_enabled",
          "login goes through a provider that is gone; nobody could log in",
          "oauth_enabled: 'false'"))
    }
    if values["telemetry_enabled"] == "true" {
      findings.append(
        finding(
          "dead-telemetry", "telemetry_enabled", "usage is sent to a service that is gone",
          "telemetry_enabled: 'false'"))
    }
    return findings
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
