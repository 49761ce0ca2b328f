import ForgeDCOS
import ForgeModel

/// What a node must have before DC/OS is installed on it.
///
/// Sources: DC/OS's system requirements (1.11 to 2.2), the installer's preflight, and the founding
/// installation notes. `lib/checks.sh` holds the checks; the names of the items are the same
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
    var items = isMember ? ["leftovers", "cgroups"] : []
    items += ["selinux", "firewalld", "firewall", "repositories"]
    items += packages(for: preparation).map { "package:\($0.name)" }
    items += ["docker", "module:overlay", "docker:settings", "docker:service", "disk", "xfs"]
    guard isMember else { return items }
    items.append("sysctl:bridge-nf-call-iptables")
    items += groups(for: preparation).map { "group:\($0)" }
    items += ["locale", "hostname", "port:53", "modules", "mounts", "ipv6"]
    return items
  }
}
