import ForgeModel

/// The rule for custom_checks and check_config.
extension GenconfRule {
  /// What custom_checks must be.
  static let checks = GenconfRule(
    "cluster_checks and node_checks as documented: names without blanks; description, cmd as a "
      + "list, timeout such as 5s; every node check in prestart or poststart"
  ) { (value, _) throws(GenconfFault) in
    guard case .dictionary(let sections) = try object(value) else { return }
    for section in sections {
      switch section.key {
      case .string("cluster_checks"): try named(section.value, allowsRoles: false)
      case .string("node_checks"): try nodeChecks(section.value)
      default: throw .rejected("unknown section; there are cluster_checks and node_checks")
      }
    }
  }

  private static func nodeChecks(_ value: PythonValue) throws(GenconfFault) {
    guard case .dictionary(let parts) = value else {
      throw .rejected("node_checks must be a mapping")
    }
    var stages: [PythonValue] = []
    var hasStage = false
    for part in parts {
      switch part.key {
      case .string("checks"): try named(part.value, allowsRoles: true)
      case .string("prestart"), .string("poststart"):
        guard case .list(let names) = part.value, names.allSatisfy(isName) else {
          throw .rejected("prestart and poststart are lists of names without blanks")
        }
        hasStage = true
        stages += names
      default: throw .rejected("node_checks has checks, prestart and poststart only")
      }
    }
    guard let checks = value["checks"] else { throw .rejected("node_checks needs checks") }
    guard hasStage else { throw .rejected("node_checks needs prestart or poststart") }
    guard case .dictionary(let named) = checks, Set(named.map(\.key)) == Set(stages) else {
      throw .rejected("prestart and poststart must together name each node check and no other")
    }
  }

  /// Checks by name; there must be at least one.
  private static func named(_ value: PythonValue, allowsRoles: Bool) throws(GenconfFault) {
    guard case .dictionary(let checks) = value, !checks.isEmpty else {
      throw .rejected("checks must be a mapping with at least one check")
    }
    for check in checks {
      guard isName(check.key) else { throw .rejected("names of checks have no blanks") }
      try one(check.value, allowsRoles: allowsRoles)
    }
  }

  private static func one(_ value: PythonValue, allowsRoles: Bool) throws(GenconfFault) {
    guard case .dictionary(let fields) = value else { throw .rejected("a check must be a mapping") }
    for field in fields {
      switch (field.key, field.value) {
      case (.string("description"), .string): continue
      case (.string("cmd"), .list(let words)) where words.allSatisfy(isText): continue
      case (.string("timeout"), .string(let text)) where isTimeout(text): continue
      case (.string("roles"), .list(let roles))
      where allowsRoles && roles.allSatisfy({ [.string("master"), .string("agent")].contains($0) }):
        continue
      default:
        throw .rejected(
          "a check has description (text), cmd (list of texts), timeout (such as 5s)"
            + (allowsRoles ? " and perhaps roles (master, agent)" : ""))
      }
    }
    for name in ["description", "cmd", "timeout"] where value[name] == nil {
      throw .rejected("a check needs \(name)")
    }
  }

  private static func isText(_ value: PythonValue) -> Bool {
    if case .string = value { true } else { false }
  }

  private static func isName(_ value: PythonValue) -> Bool {
    guard case .string(let name) = value else { return false }
    return !name.isEmpty && !name.unicodeScalars.contains(where: PythonText.isASCIISpace)
  }

  /// Digits, perhaps a fraction, and a unit; a newline at the end passes.
  private static func isTimeout(_ text: String) -> Bool {
    var rest = text.unicodeScalars[...]
    if rest.last == "\n" { rest.removeLast() }
    func dropDigits() -> Int {
      let count = rest.prefix { PythonText.digit($0) != nil }.count
      rest = rest.dropFirst(count)
      return count
    }
    guard dropDigits() > 0 else { return false }
    if rest.first == "." {
      rest.removeFirst()
      guard dropDigits() > 0 else { return false }
    }
    return ["ns", "us", "\u{B5}s", "ms", "s", "m", "h"].contains(String(rest))
  }

  /// The names of checks in a value that its own rule passed.
  static func checkNames(_ value: String) throws(GenconfFault) -> (
    cluster: Set<String>, node: Set<String>
  ) {
    let checks = try json(value)
    func names(_ value: PythonValue?) -> Set<String> {
      guard case .dictionary(let pairs)? = value else { return [] }
      return Set(pairs.compactMap { if case .string(let name) = $0.key { name } else { nil } })
    }
    return (names(checks["cluster_checks"]), names(checks["node_checks"]?["checks"]))
  }

  /// DC/OS's own checks, as a value of check_config that holds their names only.
  static func builtInChecks(in version: DCOSVersion, checksTime: Bool) -> String {
    var names = [
      "components_master", "components_agent", "xz", "tar", "curl", "unzip", "ip_detect_script",
      "mesos_master_replog_synchronized", "mesos_agent_registered_with_masters",
      "journald_dir_permissions",
    ]
    if GenconfSpan.v1_12.until(.v1_13).contains(version) { names.append("ifconfig") }
    if GenconfSpan.v1_13.contains(version) { names += ["docker", "cockroachdb_replication"] }
    if checksTime { names.append("clock_sync") }
    let check = #"{"description": "", "cmd": [], "timeout": "1s"}"#
    let checks = names.map { "\"\($0)\": \(check)" }.joined(separator: ", ")
    let list = names.map { "\"\($0)\"" }.joined(separator: ", ")
    return #"{"node_checks": {"checks": {"# + checks + #"}, "poststart": ["# + list + "]}}"
  }
}
