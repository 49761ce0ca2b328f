import ForgeDCOS
import ForgeModel

/// The prerequisites of a simulated node, under the names of ``Prerequisites``.
extension SimulatedNode {
  /// What the image of a simulated node lacks at first; everything else is right from the
  /// beginning.
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

  /// The checks of DC/OS's own preflight that are modelled, in its order, each with whether it
  /// passes.
  func preflightChecks(_ version: DCOSVersion) -> [(line: String, passes: Bool)] {
    let hasDocker = isRight("docker") && isRight("docker:service")
    var checks = [
      (line: "Is SELinux disabled?", passes: isRight("selinux")),
      (line: "Checking if docker is installed and in PATH:", passes: hasDocker),
    ]
    for command in ["curl", "tar", "xz", "unzip", "ipset"] {
      checks.append(
        ("Checking if \(command) is installed and in PATH:", isRight("package:\(command)")))
    }
    if version.demandsNogroup {
      checks.append(("Checking if group 'nogroup' exists:", isRight("group:nogroup")))
    }
    checks += [
      ("Checking if port 53 (required by dcos-net) is in use:", isRight("port:53")),
      (
        "Checking Docker is configured with a production storage driver:",
        hasDocker && isRight("docker:settings")
      ),
    ]
    return checks
  }
}
