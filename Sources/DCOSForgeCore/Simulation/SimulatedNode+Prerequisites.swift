/// The prerequisites of a simulated node, under the names of ``Prerequisites``.
extension SimulatedNode {
  /// What the image of a simulated node lacks at first; everything else is right from the beginning.
  static let lacking: Set<String> = [
    "selinux", "firewalld", "repositories", "package:unzip", "package:ipset", "package:bind-utils",
    "package:yum-utils", "docker", "module:overlay", "docker:settings", "docker:service",
    "sysctl:bridge-nf-call-iptables", "group:nogroup", "group:docker", "locale", "port:53",
  ]

  /// Whether an item is right now.
  func isRight(_ item: String) -> Bool {
    if item == "leftovers" { return scriptState != "broken" }
    return !Self.lacking.contains(item) || satisfied.contains(item)
  }

  /// The failing lines of DC/OS's own preflight.
  func preflightFailures(_ version: DCOSVersion) -> [String] {
    var lines: [String] = []
    if !isRight("selinux") { lines.append("FAIL Is SELinux disabled?") }
    if !isRight("docker") || !isRight("docker:service") {
      lines.append("Checking if docker is installed and in PATH: FAIL")
    }
    for command in ["unzip", "ipset"] where !isRight("package:\(command)") {
      lines.append("Checking if \(command) is installed and in PATH: FAIL")
    }
    if !isRight("group:nogroup"), version.demandsNogroup {
      lines.append("Checking if group 'nogroup' exists: FAIL")
    }
    if !isRight("port:53") {
      lines.append("Checking if port 53 (required by dcos-net) is in use: FAIL")
    }
    return lines
  }
}
