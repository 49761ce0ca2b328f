import ForgeSupport

/// The computations that can fail or that switch something.
extension GenconfParameters {
  typealias Inputs = GenconfFormula.Inputs

  static let masterCountFormula = GenconfFormula(["master_list"]) {
    (inputs: Inputs) throws(GenconfFault) in
    String(try GenconfRule.texts(inputs["master_list"]).count)
  }

  static let ipDetectFormula = GenconfFormula(["ip_detect_filename"]) {
    (inputs: Inputs) throws(GenconfFault) in
    try script(inputs["ip_detect_filename"], inputs.files)
  }

  static let publicIPDetectFormula = GenconfFormula([
    "ip_detect_contents", "ip_detect_public_filename",
  ]) {
    (inputs: Inputs) throws(GenconfFault) in
    let path = inputs["ip_detect_public_filename"]
    if path.isEmpty { return "" }
    guard GenconfSpan.v2_1.contains(inputs.version) else { return try script(path, inputs.files) }
    try inputs.files.requireText(path)
    return ""
  }

  static let ip6DetectFormula = GenconfFormula(["ip6_detect_filename"]) {
    (inputs: Inputs) throws(GenconfFault) in
    let path = inputs["ip6_detect_filename"]
    if !path.isEmpty { try inputs.files.requireText(path) }
    return ""
  }

  /// A script whose absence DC/OS reports.
  private static func script(_ path: String, _ files: GenconfContents) throws(GenconfFault)
    -> String
  {
    guard files.find(path) != .missing else {
      throw .rejected("the file \(path.excerpt) does not exist", fix: GenconfContents.fix(of: path))
    }
    try files.requireText(path)
    return ""
  }

  static let credentialsOwnerFormula = GenconfFormula(["cluster_docker_credentials"]) {
    (inputs: Inputs) throws(GenconfFault) in
    inputs["cluster_docker_credentials"] == "{}" ? "false" : "true"
  }

  static let checkFormula = GenconfFormula(["check_time"]) {
    (inputs: Inputs) throws(GenconfFault) in
    GenconfRule.builtInChecks(in: inputs.version, checksTime: inputs["check_time"] == "true")
  }

  static let checkFolderFormula = GenconfFormula([]) { (inputs: Inputs) throws(GenconfFault) in
    guard !inputs.files.checkFolderHasFolder else {
      throw .rejected("genconf/check_bins may hold files only, but holds a folder")
    }
    return "genconf/check_bins/"
  }

  static let hookFormula = GenconfFormula(["dcos_remove_dockercfg_enable"]) {
    (inputs: Inputs) throws(GenconfFault) in
    inputs["dcos_remove_dockercfg_enable"] == "true" ? "remover" : ""
  }

  static let noProxyFormula = GenconfFormula(["no_proxy"]) {
    (inputs: Inputs) throws(GenconfFault) in
    guard !inputs["no_proxy"].isEmpty else {
      throw .rejected(
        "needed as a list with use_proxy: true",
        fix: "no_proxy: [], or a list of the hosts that are reached without the proxy")
    }
    _ = try GenconfRule.texts(inputs["no_proxy"])
    return ""
  }

  static let blacklistFormula = GenconfFormula(["dns_bind_ip_blacklist", "dns_bind_ip_reserved"]) {
    (inputs: Inputs) throws(GenconfFault) in
    _ = try GenconfRule.texts(inputs["dns_bind_ip_blacklist"])
    _ = try GenconfRule.texts(inputs["dns_bind_ip_reserved"])
    return ""
  }

  /// From 1.11.9 on IPv6 overlays are switched off when IPv6 is; nothing can fail.
  static let overlayFormula = GenconfFormula(["dcos_overlay_network", "enable_ipv6"]) {
    (inputs: Inputs) throws(GenconfFault) in inputs["dcos_overlay_network"]
  }

  /// Up to 1.11.2 own IPv6 overlays are refused when IPv6 is off.
  static let oldOverlayFormula = GenconfFormula(["dcos_overlay_network", "enable_ipv6"]) {
    (inputs: Inputs) throws(GenconfFault) in
    let network = inputs["dcos_overlay_network"]
    guard inputs["enable_ipv6"] != "true", network != defaultOverlay else { return network }
    guard case .list(let overlays)? = try GenconfRule.json(network)["overlays"],
      overlays.allSatisfy({ $0["subnet6"] == nil })
    else { throw .rejected("enable_ipv6 is false, but an overlay has subnet6") }
    return network
  }

  static let superuserKeyFormula = GenconfFormula(["superuser_service_account_public_key"]) {
    (inputs: Inputs) throws(GenconfFault) in
    let key = inputs["superuser_service_account_public_key"]
    if !key.isEmpty, !PublicKeyPEM.isRSA(key) {
      throw .rejected("superuser_service_account_public_key must be an RSA public key in PEM")
    }
    return ""
  }
}
