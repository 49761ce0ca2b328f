import ForgeDCOS
package import ForgeModel

/// What a node must have before DC/OS is installed on it.
///
/// Sources: DC/OS's system requirements (1.11 to 2.2), the installer's preflight, and the founding
/// installation notes. `Resources/Node/checks.sh` holds the checks; the names of the items are the same
/// in both.
package enum Prerequisites {
  /// A package, and a command whose presence makes the package unnecessary.
  struct Package: Hashable, Sendable {
    var name: String
    var command: String
  }

  /// The packages for a role, by their CentOS names.
  static func packages(for preparation: Preparation) -> [Package] {
    var packages = [("tar", "tar"), ("xz", "xz"), ("curl", "curl")]
    if preparation.role != .bootstrap {
      packages += [
        ("unzip", "unzip"), ("ipset", "ipset"), ("bind-utils", "nslookup"), ("iputils", "ping"),
        ("yum-utils", "yum-config-manager"), ("device-mapper-persistent-data", "thin_check"),
        ("lvm2", "lvm"),
      ]
      // The preflight of 1.12 alone asks for ifconfig.
      if (preparation.version.major, preparation.version.minor) == (1, 12) {
        packages.append(("net-tools", "ifconfig"))
      }
    }
    return packages.map { Package(name: $0.0, command: $0.1) }
  }

  /// The groups for a role.
  static func groups(for preparation: Preparation) -> [String] {
    guard preparation.role != .bootstrap else { return [] }
    return preparation.version.demandsNogroup ? ["nogroup", "docker"] : ["docker"]
  }

  /// The names of all items that are reported for a role, in the order they are put right.
  package static func items(for preparation: Preparation) -> [String] {
    let isMember = preparation.role != .bootstrap
    var items = isMember ? ["leftovers"] : []
    items += ["selinux", "firewalld", "firewall", "repositories"]
    items += packages(for: preparation).map { "package:\($0.name)" }
    items += ["docker", "module:overlay", "docker:settings", "docker:service", "disk", "xfs"]
    guard isMember else { return items }
    items.append("sysctl:bridge-nf-call-iptables")
    items += groups(for: preparation).map { "group:\($0)" }
    items += ["locale", "hostname", "port:53", "modules", "mounts", "ipv6"]
    return items
  }

  /// Reads what ``NodeTask/prepare(_:)`` printed.
  ///
  /// Throws category `step` when the script failed or was torn. Items that could not be put right are
  /// in the answer; ``failure(in:on:)`` makes an error of them.
  package static func reports(
    _ result: CommandResult, on node: NodeName
  ) throws(ForgeError) -> [PrerequisiteReport] {
    try NodeReport(result, of: "preparing the node", on: node.description)
      .records("item", as: PrerequisiteReport.self)
  }

  /// The output of a script that reports these items.
  package static func reportText(_ reports: [PrerequisiteReport]) -> String {
    reports.map { NodeReport.line("item", $0) }.joined() + NodeReport.end
  }

  /// The error for the items that are not right after they were to be put right; nil when all are.
  ///
  /// What yum could not do may be a mirror's fault: then the step may be tried again.
  package static func failure(
    in reports: [PrerequisiteReport], on node: NodeName
  ) -> ForgeError? {
    let bad = reports.filter(\.isToDo)
    guard let first = bad.first else { return nil }
    if let leftovers = bad.first(where: { $0.item == "leftovers" }) {
      return ForgeError(
        .step, "the node holds traces of an installation of DC/OS", on: node.description,
        observed: leftovers.detail, advice: advice(for: leftovers.item), disposition: .final)
    }
    let names = bad.map(\.item).joined(separator: ", ")
    return ForgeError(
      .step, "prerequisites are not right: \(names)", on: node.description,
      observed: bad.map { "\($0.item): \($0.detail)" }.joined(separator: "\n"),
      advice: advice(for: first.item),
      disposition: bad.contains { $0.detail.contains("yum failed") } ? .retry : .afterFix)
  }

  /// What an operator can do about an item that is not right.
  package static func advice(for item: String) -> String {
    switch item.hasPrefix("package:") ? "repositories" : item {
    case "leftovers":
      "DC/OS has no uninstall: `dcosforge wipe --node NAME` gives the node a new disk"
    case "selinux":
      "remove enforcing=1 from the kernel's command line, or use an image without it"
    case "repositories", "docker":
      "check that the node reaches its repositories; `packages.repositories` names others, and "
        + "`packages.replace` switches the image's own off"
    case "docker:service", "docker:settings":
      "`journalctl -u docker` on the node says more; Docker must run on overlay2"
    case "xfs": "make the image's file system anew with mkfs.xfs -n ftype=1"
    case "port:53": "DC/OS serves names on port 53 of every node: stop what listens there"
    case "hostname": "give the node a name that resolves, in /etc/hosts or in DNS"
    default: "log in and look: the detail says what was seen"
    }
  }
}
