import ForgeSupport
import ForgeNodeProtocol
import ForgeModel
import ForgeDCOS

/// The working of ``NodeHealth`` for the node under DC/OS.
struct HostEvaluator {
  let seen: NodeObservation
  let node: NodeSpec
  let clocks: ClockComparison

  /// Evaluates one of the parts that are not DC/OS's.
  func health(_ component: HealthComponent) -> ComponentHealth {
    let observation: Observation =
      switch component {
      case .machine: machine
      case .address: address
      case .ssh: ssh
      default: inside(component)
      }
    return ComponentHealth(component, observation.state, observation.seen)
  }

  private var machine: Observation {
    switch seen.machine {
    case .domain(.running): (.ok, "runs")
    case .domain(let state): (.fail, "the domain is \(state.rawValue)")
    case .absent: (.fail, "the domain is gone")
    case .foreign: (.fail, "a domain without our mark has its place")
    case .unknown(let why): (.unknown, why)
    }
  }

  private var isOff: Bool {
    switch seen.machine {
    case .domain(let state): state != .running
    case .absent: true
    case .foreign, .unknown: false
    }
  }

  // MARK: address

  /// Compares plan, the hypervisor's knowledge, the guest, and what DC/OS knows.
  private var address: Observation {
    let planned = node.address
    guard case .success(let reading) = seen.reading else {
      // Tables keep old entries: a machine that is also known where it should be may just be
      // closed.
      guard !seen.knownAddresses.isEmpty, !seen.knownAddresses.contains(planned), !isOff else {
        return (seen.knownAddresses.isEmpty ? .unknown : .ok, "planned \(planned)")
      }
      let others = seen.knownAddresses.map(\.description).joined(separator: ", ")
      return (.fail, "planned \(planned), the machine is at \(others)")
    }
    let faults = [detected(reading), guest(reading), exhibitor(reading)].compactMap(\.self)
    if faults.isEmpty, reading.detected == nil, reading.installation.state == "installed" {
      return (.unknown, "detect_ip did not end in time")
    }
    return faults.isEmpty ? (.ok, "\(planned)") : (.fail, faults.joined(separator: "; "))
  }

  private func detected(_ reading: HealthReport) -> String? {
    guard let run = reading.detected else { return nil }
    let text = ReportText.trimmed(run.text)
    if run.status != 0 {
      return "detect_ip fails with \(run.status): \(ReportText.tail(run.error, lines: 1))"
    }
    return IPv4Address(text) == node.address
      ? nil : "detect_ip gives \"\(text.prefix(60))\" instead of \(node.address)"
  }

  private func guest(_ reading: HealthReport) -> String? {
    guard let own = reading.addresses, !own.contains(node.address) else { return nil }
    return "no interface has \(node.address)"
  }

  /// A list without this master, though not an empty one: Exhibitor has another address in its
  /// list.
  private func exhibitor(_ reading: HealthReport) -> String? {
    guard let answer = reading.probes[.exhibitor], answer.isGood,
      case .servers(let servers) = ExhibitorAnswer(answer), !servers.isEmpty,
      !servers.contains(where: { $0.hostname == node.address.description })
    else { return nil }
    return "Exhibitor lists \(servers.map(\.hostname).joined(separator: ", ")), not \(node.address)"
  }

  // MARK: the way in

  private var ssh: Observation {
    guard case .failure(let error) = seen.reading else { return (.ok, "") }
    if isOff { return (.unknown, "the machine does not run") }
    guard error.category == .unreachable else { return (.ok, "") }
    return (.fail, [error.summary, error.observed].filter { !$0.isEmpty }.joined(separator: ": "))
  }

  // MARK: inside

  private func inside(_ component: HealthComponent) -> Observation {
    guard case .success(let reading) = seen.reading else { return (.unknown, "was not asked") }
    return switch component {
    case .clock: clock(reading)
    case .disk: disk(reading)
    case .docker: docker(reading)
    case .firewall: Firewall(reading, node: node).observation
    default: (.unknown, "was not asked")
    }
  }

  private func clock(_ reading: HealthReport) -> Observation {
    if let error = clocks.error(of: seen.clockOffset) {
      let seconds = Double(abs(error) / 100) / 10
      return (.fail, "at least \(seconds) s \(error > 0 ? "ahead of" : "behind") the other nodes")
    }
    guard let clock = reading.clock, reading.time != nil else {
      return (.unknown, "was not read")
    }
    // The cluster's own time server trusts itself; the kernel's flag says nothing there.
    if clock.isGood || clock.source == ClockRecord.local { return (.ok, clock.source) }
    let error = clock.errorMilliseconds.map { ", error \(Int($0)) ms" } ?? ""
    return clock.isSynchronised
      ? (.fail, "too inaccurate\(error), source: \(clock.source)")
      : (.fail, "not synchronised\(error), source: \(clock.source)")
  }

  /// Below this share of blocks or inodes a file system counts as full, in per cent; and as nearly
  /// so.
  private static let (full, nearlyFull): (Int64, Int64) = (1, 5)

  private func disk(_ reading: HealthReport) -> Observation {
    guard !reading.disks.isEmpty else {
      return (.unknown, "no answer in time: a mounted file system may hang")
    }
    let observations: [Observation] = reading.disks.flatMap { disk in
      [("room", disk.blocks), ("inodes", disk.inodes)].map { what, share in
        guard let share else {
          return (.unknown, "\(disk.path) gives no usable number of its \(what)")
        }
        let (all, hundredfold) = (share.all, share.free * 100)
        if all == 0 || hundredfold > all * Self.nearlyFull { return (.ok, "") }
        let seen = "\(disk.path) has \(hundredfold / all) % of its \(what) left"
        return (hundredfold > all * Self.full ? .warn : .fail, seen)
      }
    }
    return Self.worst(of: observations)
  }

  private func docker(_ reading: HealthReport) -> Observation {
    let unit = reading.units["docker.service"].map {
      HealthEvaluator.observation(of: DCOSUnit("docker.service"), $0)
    }
    if let unit, unit.state != .ok { return unit }
    guard let ping = reading.docker else { return (.unknown, "did not answer in time") }
    switch (ping.status, ReportText.trimmed(ping.text)) {
    case (0, "OK"): return (.ok, "")
    case (127, _): return unit ?? (.unknown, "neither systemctl nor curl could ask it")
    default:
      let why = ReportText.tail(ping.error + ping.text, lines: 1)
      return (.fail, "the daemon does not answer a ping: \(why)")
    }
  }

  static func worst(of observations: [Observation]) -> Observation {
    let state = observations.map(\.state).max() ?? .unknown
    let seen = observations.filter { $0.state == state && !$0.seen.isEmpty }.map(\.seen)
    return (state, seen.joined(separator: "; "))
  }
}

/// What may keep packets between nodes.
struct Firewall {
  private let reading: HealthReport
  private let node: NodeSpec

  init(_ reading: HealthReport, node: NodeSpec) {
    self.reading = reading
    self.node = node
  }

  var observation: Observation { HostEvaluator.worst(of: [firewalld, rules, silence]) }

  private var firewalld: Observation {
    reading.units["firewalld.service"]?.active == "active" ? (.fail, "firewalld runs") : (.ok, "")
  }

  /// A peer that is silent on every port may be off; one that answers on another port is not.
  private var silence: Observation {
    var ports: [String: [Int]] = [:]
    for knock in reading.knocks where knock.isSilent {
      ports[knock.server, default: []].append(knock.port)
    }
    let answered = Set(reading.knocks.filter { !$0.isSilent }.map(\.server))
    let seen = ports.sorted { $0.key < $1.key }.filter { answered.contains($0.key) }.map {
      "nothing comes back from \($0.key) "
        + "on TCP \($0.value.map(String.init).joined(separator: ", "))"
    }
    return seen.isEmpty ? (.ok, "") : (.fail, seen.joined(separator: "; "))
  }

  private var rules: Observation {
    guard let filter = reading.filter, filter.status == 0 else {
      return (.warn, "the rules could not be read")
    }
    let lines = filter.text.split(whereSeparator: \.isNewline)
    let ports = RequiredPort.list(for: node.role, .founding).map(\.number) + [22]
    let barring = FilterRule.barring(lines, ports: ports, for: node.address)
    if !barring.rules.isEmpty {
      let seen = barring.rules.prefix(3).map { "rule `\($0)`" }.joined(separator: ", ")
      // What a chain of somebody's own lets through before is not known.
      return barring.isCertain ? (.fail, seen) : (.warn, seen)
    }
    let runsDocker = reading.units["docker.service"]?.active == "active"
    if runsDocker, !lines.contains("-N DOCKER") {
      return (.warn, "Docker runs and its chains are gone: systemctl restart docker")
    }
    if lines.contains("-P INPUT DROP") { return (.warn, "the policy of INPUT is DROP") }
    return (.ok, "")
  }
}

/// A rule of `iptables -S` in one of the chains that nodes' traffic with each other passes.
///
/// Only rules whose every condition is understood count; what depends on anything else (a limit, a
/// connection's state, an interface) is passed over.
struct FilterRule {
  /// What becomes of a packet.
  private enum Target {
    case accept, drop
    /// A chain of somebody's own decides.
    case chain
  }

  private let chain: String
  private let target: Target
  private let source: IPv4Network?
  private let ports: [ClosedRange<Int>]

  /// The rules that keep away what comes to any of the ports from nodes in the node's network, and
  /// whether that is certain.
  static func barring(
    _ lines: [Substring], ports: [Int], for address: IPv4Address
  ) -> (rules: [String], isCertain: Bool) {
    var (rules, isCertain) = ([String](), true)
    for chain in ["INPUT", "OUTPUT"] {
      var open = ports
      for line in lines {
        guard let rule = FilterRule(line), rule.chain == chain else { continue }
        switch rule.target {
        case .chain: isCertain = isCertain && !rules.isEmpty
        case .accept:
          // One that is for other machines lets no node through.
          guard rule.source?.contains(address) ?? true else { continue }
          open.removeAll { rule.concerns($0) }
        case .drop:
          if open.contains(where: rule.concerns) { rules.append(String(line)) }
        }
      }
    }
    return (rules, rules.isEmpty || isCertain)
  }

  /// Reads `-A INPUT -s 10.1.1.49/32 -p tcp -m tcp --dport 2888:3888 -j DROP`; nil for other rules.
  private init?(_ line: Substring) {
    guard line.hasPrefix("-A ") else { return nil }
    var words = line.split(separator: " ").map(String.init)[...]
    guard words.popFirst() == "-A", let chain = words.popFirst() else { return nil }
    var (source, target): (IPv4Network?, Target?) = (nil, nil)
    var ports = [0...65535]
    while let word = words.popFirst() {
      guard let value = words.popFirst(), value != "!" else { return nil }
      switch word {
      case "-s":
        guard let network = IPv4Network(value), !value.hasPrefix("127.") else { return nil }
        source = network
      case "-d": guard !value.hasPrefix("127.") else { return nil }
      case "-p": guard ["tcp", "udp", "all"].contains(value) else { return nil }
      case "-m":
        guard ["tcp", "udp", "multiport", "comment"].contains(value) else { return nil }
      case "--dport", "--dports":
        guard let ranges = Self.ranges(value) else { return nil }
        ports = ranges
      case "-j", "-g": target = Self.target(value)
      case "--comment", "--reject-with": break
      default: return nil
      }
    }
    guard let target else { return nil }
    (self.chain, self.target, self.source, self.ports) = (chain, target, source, ports)
  }

  private static func target(_ name: String) -> Target? {
    switch name {
    case "ACCEPT": .accept
    case "DROP", "REJECT": .drop
    case "LOG", "RETURN", "MARK": nil
    default: .chain
    }
  }

  private func concerns(_ port: Int) -> Bool { ports.contains { $0.contains(port) } }

  /// `2888:3888` or `80,443`.
  private static func ranges(_ text: String) -> [ClosedRange<Int>]? {
    var ranges: [ClosedRange<Int>] = []
    for part in text.split(separator: ",") {
      let ends = part.split(separator: ":").map { Int($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else {
        return nil
      }
      ranges.append(first...last)
    }
    return ranges
  }
}
