import ForgeSupport
package import ForgeModel

/// What an operator calls a part of DC/OS whose journal is read, and the units behind it.
package struct LogSource: Hashable, Sendable {
  private enum Kind: Hashable {
    case component(HealthComponent)
    case install, generate, serve
    /// A unit as systemd names it, on any node.
    case unit(String)
  }

  private let kind: Kind

  /// What one node is read.
  package struct Units: Hashable, Sendable {
    /// systemd's units, sorted.
    package var units: [String]
    /// A Docker container.
    package var container: String?

    package var all: [String] { units + (container.map { [$0] } ?? []) }
    /// Whether there is nothing to read.
    package var isEmpty: Bool { units.isEmpty && container == nil }
  }

  /// The names besides those of units, in the order in which they are reported.
  package static let names =
    HealthComponent.allCases.filter(hasJournal).map(\.rawValue)
    + ["install", "dcos-setup", "generate", "serve"]

  /// Whether there are units behind a component: not behind the machine, its address, or its disk.
  private static func hasJournal(_ component: HealthComponent) -> Bool {
    component.isOfDCOS || !component.units(for: .master).isEmpty
  }

  /// What brings DC/OS onto a node: its own two units and link-env, and ours around them.
  static let installUnits = [
    "dcos-download.service", "dcos-link-env.service", "dcos-setup.service",
    "dcosforge-install.service",
  ]
  /// The unit in which the bootstrap node generates the installation.
  package static let generateUnit = "dcosforge-generate.service"
  static let servingContainer = "dcosforge-serve"

  /// Reads a name: a component, one of ``names``, a unit of DC/OS with or without its ending and
  /// `dcos-`, or any unit with its ending.
  ///
  /// Throws category `configuration` for any other, with the nearest name and all there are.
  package init(_ name: String, _ version: DCOSVersion) throws(ForgeError) {
    if let component = HealthComponent(rawValue: name), Self.hasJournal(component) {
      kind = .component(component)
    } else if let unit = Self.unit(named: name, version) {
      kind = .unit(unit)
    } else {
      switch name {
      case "install", "dcos-setup": kind = .install
      case "generate": kind = .generate
      case "serve": kind = .serve
      default: throw Self.unknown(name, version)
      }
    }
  }

  private static let endings = [
    ".service", ".socket", ".timer", ".target", ".mount", ".path", ".slice", ".scope",
  ]

  private static func unit(named name: String, _ version: DCOSVersion) -> String? {
    let isUnit = endings.contains { name.hasSuffix($0) && name.count > $0.count }
    let isPlain = name.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || [0x2D, 0x2E, 0x3A, 0x40, 0x5C, 0x5F].contains(byte)
    }
    if isUnit { return isPlain && name.utf8.count < 256 ? name : nil }
    let known = unitNames(version)
    return [name, "dcos-\(name)"].first { known.contains($0) }.map { $0 + ".service" }
  }

  /// DC/OS's services of any role, without their ending.
  private static func unitNames(_ version: DCOSVersion) -> [String] {
    let units = NodeRole.allCases.flatMap { services(for: $0, version) }
    return Set(units).sorted().map { String($0.dropLast(".service".count)) }
      .filter { $0 != "dcos-setup" }
  }

  private static func unknown(_ name: String, _ version: DCOSVersion) -> ForgeError {
    let units = unitNames(version)
    let near = nearest(to: name, among: names + units)
    return ForgeError(
      .configuration, "is no component, and no unit of DC/OS \(version)", on: name,
      observed: (near.map { "did you mean \($0)?\n" } ?? "")
        + "components: \(names.joined(separator: ", "))\nunits: \(units.joined(separator: ", "))",
      advice: "name one of these, or any unit with its ending, such as sshd.service")
  }

  // MARK: what a node has

  /// The units of DC/OS on a node of the role that have a journal: for timers and sockets also the
  /// service that they start.
  private static func services(for role: NodeRole, _ version: DCOSVersion) -> [String] {
    DCOSUnit.list(for: role, version).map(\.name).filter { $0.hasSuffix(".service") }
  }

  private static func all(for role: NodeRole, _ version: DCOSVersion) -> [String] {
    DCOSUnit.list(for: role, version).map(\.name)
  }

  /// What is read of a node when nothing is named.
  package static func usual(for role: NodeRole, _ version: DCOSVersion) -> Units {
    role == .bootstrap
      ? Units(units: ["docker.service", generateUnit], container: servingContainer)
      : Units(units: (all(for: role, version) + installUnits).sorted(), container: nil)
  }

  /// What is read of a node when these are named.
  package static func units(
    of sources: [LogSource], for role: NodeRole, _ version: DCOSVersion
  ) -> Units {
    let units = Set(sources.flatMap { $0.units(for: role, version) })
    let serves = role == .bootstrap && sources.contains { $0.kind == .serve }
    return Units(units: units.sorted(), container: serves ? servingContainer : nil)
  }

  private func units(for role: NodeRole, _ version: DCOSVersion) -> [String] {
    switch kind {
    case .install: role == .bootstrap ? [] : Self.installUnits
    case .generate: role == .bootstrap ? [Self.generateUnit] : []
    case .serve: []
    case .unit(let name):
      name.hasPrefix("dcos-") ? family(of: name, for: role, version) : [name]
    case .component(let component):
      HealthComponent.list(for: role).contains(component)
        ? Self.units(of: component, for: role, version) : []
    }
  }

  /// A unit of DC/OS with the timer or socket of its name, on roles that have it.
  private func family(
    of name: String, for role: NodeRole, _ version: DCOSVersion
  ) -> [String] {
    if role == .bootstrap { return [] }
    let known = Self.all(for: role, version) + Self.installUnits
    // A unit that no release lists may be somebody's own.
    let isKnown = NodeRole.allCases.contains { other in
      (Self.all(for: other, version) + Self.installUnits).contains(name)
    }
    guard isKnown else { return [name] }
    return known.filter { $0 == name || Self.service(of: $0) == name }
  }

  /// The service that a timer or socket starts.
  private static func service(of unit: String) -> String {
    for ending in [".timer", ".socket"] where unit.hasSuffix(ending) {
      return unit.dropLast(ending.count) + ".service"
    }
    return unit
  }

  private static func units(
    of component: HealthComponent, for role: NodeRole, _ version: DCOSVersion
  ) -> [String] {
    let all = all(for: role, version)
    let checks = all.filter { $0.hasPrefix("dcos-checks-") }
    switch component {
    case .nodeChecks: return checks
    case .otherUnits:
      let named = Set(
        HealthComponent.list(for: role).filter { $0 != .otherUnits && $0 != .nodeChecks }
          .flatMap { units(of: $0, for: role, version) } + checks)
      return all.filter { !named.contains($0) }
    default:
      let units = component.units(for: role)
      return (units + units.map(service(of:)).filter { all.contains($0) && !units.contains($0) })
        .sorted()
    }
  }
}
