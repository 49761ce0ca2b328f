import ForgeSupport
import ForgeModel

/// Findings about addresses: the bootstrap node, masters, resolvers and ranges that must be apart.
extension GenconfReview {
  // MARK: The bootstrap node

  /// Host and port of bootstrap_url; nil where there is no http scheme.
  private var bootstrapHost: (host: String, port: Int?)? {
    guard let url = given["bootstrap_url"],
      let scheme = ["http://", "https://"].first(where: url.hasPrefix)
    else { return nil }
    let authority = url.dropFirst(scheme.count).prefix { $0 != "/" }
    let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      return (String(authority), url.hasPrefix("https://") ? 443 : 80)
    }
    return (String(parts[0]), Int(parts[1]))
  }

  func bootstrap() -> [GenconfFinding] {
    guard let url = given["bootstrap_url"], !reported.contains("bootstrap_url") else { return [] }
    let name = "bootstrap_url"
    guard let target = bootstrapHost, !target.host.isEmpty else {
      if url.hasPrefix("file:///") {
        return [
          finding(
            "bootstrap-url-file", name, "each node must have the files at this path itself",
            "serve them over http://")
        ]
      }
      return [
        finding(
          "bootstrap-url-scheme", name, error: true,
          "\(url.excerpt) has no http:// with a host: nodes cannot download from it",
          "http://<bootstrap node>:<port>")
      ]
    }
    var findings: [GenconfFinding] = []
    if target.port.map({ !(1...65535).contains($0) }) ?? true {
      findings.append(
        finding(
          "bootstrap-url-port", name, error: true, "\(url.excerpt) has no usable port",
          "a port from 1 to 65535"))
    }
    if list("master_list").contains(target.host) {
      findings.append(
        finding(
          "bootstrap-is-master", name, "the bootstrap node is a master too, and its ports clash",
          "serve from a machine of its own"))
    }
    if let cluster, url != cluster.bootstrapURL {
      findings.append(
        finding(
          "bootstrap-url-not-planned", name, error: true,
          "the planned bootstrap node serves at \(cluster.bootstrapURL), not at \(url.excerpt)",
          "remove it, or write \(cluster.bootstrapURL)"))
    }
    return findings
  }

  // MARK: Masters and agents

  func masters() -> [GenconfFinding] {
    let masters = list("master_list")
    var findings: [GenconfFinding] = []
    for name in ["agent_list", "public_agent_list"] {
      let shared = Set(list(name)).intersection(masters).sorted()
      if !shared.isEmpty {
        findings.append(
          finding(
            "agent-is-master", name, error: true,
            "\(shared.joined(separator: ", ")) is a master too", "list each node once"))
      }
    }
    let both = Set(list("agent_list")).intersection(list("public_agent_list")).sorted()
    if !both.isEmpty {
      findings.append(
        finding(
          "agent-is-public", "public_agent_list", error: true,
          "\(both.joined(separator: ", ")) is a private agent too", "list each node once"))
    }
    guard let cluster, !masters.isEmpty else { return findings }
    let planned = cluster.nodes(.master).map(\.address.description)
    if Set(planned) != Set(masters) {
      findings.append(
        finding(
          "masters-not-planned", "master_list", error: true,
          "the planned masters are \(planned.joined(separator: ", "))",
          "remove it, or list exactly these"))
    }
    let agents = cluster.nodes.filter(\.role.isAgent).map(\.address.description)
    for address in agents where masters.contains(address) {
      findings.append(
        finding(
          "agent-is-master", "master_list", item: address, error: true,
          "\(address) is a planned agent", "list the planned masters"))
    }
    return findings
  }

  // MARK: Resolvers

  func resolvers() -> [GenconfFinding] {
    guard given["resolvers"] != nil, !reported.contains("resolvers"), values["resolvers"] != nil
    else { return [] }
    let name = "resolvers"
    let items = list(name)
    if items.isEmpty {
      return [
        finding(
          "no-resolvers", name, "names outside the cluster cannot be resolved", "give at least one")
      ]
    }
    var findings: [GenconfFinding] = []
    if items.count > 3 {
      findings.append(
        finding(
          "too-many-resolvers", name, "\(items.count) resolvers, but resolv.conf takes three",
          "give at most three"))
    }
    let nodes = Set(list("master_list") + (cluster?.nodes.map(\.address.description) ?? []))
    for item in items {
      let parts = item.split(separator: ":")
      let host = String(parts.first ?? "")
      if parts.count == 2, PythonText.integer(String(parts[1])) != 53 {
        findings.append(
          finding(
            "resolver-port", name, item: item,
            "\(item) is used by DC/OS only: resolv.conf takes port 53 only",
            "give a server that answers on port 53"))
      }
      if host.hasPrefix("198.51.100.") || host.hasPrefix("127.") || host == "0.0.0.0" {
        findings.append(
          finding(
            "resolver-loop", name, item: item, error: true,
            "\(host) is an address of the node itself: it asks itself for ever",
            "give a server outside the cluster"))
      } else if nodes.contains(host) {
        findings.append(
          finding(
            "resolver-is-node", name, item: item,
            "\(host) is a node of the cluster, where DC/OS's own DNS listens",
            "give a server outside the cluster"))
      }
    }
    return findings
  }

  // MARK: Proxies and other ZooKeepers

  /// Hosts behind the proxy that its clients do not understand.
  func proxies() -> [GenconfFinding] {
    guard values["use_proxy"] == "true" else { return [] }
    // curl(1), --noproxy: the only wildcard is a single `*`. It fetches DC/OS on the nodes.
    let wildcards = list("no_proxy").lazy.filter { $0.contains("*") && $0 != "*" }
    return wildcards.prefix(Self.maximumSuggestions).map { item in
      finding(
        "proxy-wildcard", "no_proxy", item: item, "\(item.excerpt) matches nothing for curl",
        item.hasPrefix("*.") ? "write \(item.dropFirst().excerpt)" : "write whole names or domains")
    }
  }

  /// The host of each entry of exhibitor_zk_hosts.
  private var zooKeeperHosts: [String] {
    guard !reported.contains("exhibitor_zk_hosts"), let text = values["exhibitor_zk_hosts"] else {
      return []
    }
    return text.split(separator: ",").map { Self.host(of: $0.trimmingPrefix(" ")) }
  }

  /// Exhibitor starts a master's ZooKeeper only after it has read the other one.
  ///
  /// Source: the DC/OS documentation on exhibitor_storage_backend: zookeeper.
  func zooKeepers() -> [GenconfFinding] {
    let masters = list("master_list")
    let own = zooKeeperHosts.filter {
      masters.contains($0) || $0 == "localhost" || $0.hasPrefix("127.")
    }
    guard !own.isEmpty else { return [] }
    return [
      finding(
        "zookeeper-is-master", "exhibitor_zk_hosts", error: true,
        "\(own.joined(separator: ", ")) is a master, whose own ZooKeeper starts only after "
          + "Exhibitor has read this one",
        "give a ZooKeeper outside the masters, or exhibitor_storage_backend: static")
    ]
  }

  /// The host of `scheme://user@host:port/path`, of which all but the host may be left out.
  private static func host(of text: Substring) -> String {
    let rest = text.firstRange(of: "://").map { text[$0.upperBound...] } ?? text
    let authority = rest.prefix { $0 != "/" }
    let place = authority.lastIndex(of: "@").map { authority[$0...].dropFirst() } ?? authority
    return String(place.prefix { $0 != ":" })
  }

  // MARK: Ranges

  /// A range that DC/OS or Docker uses on every node.
  private struct AddressRange {
    var name: String
    /// What an operator can choose it with; empty for a fixed one.
    var parameter: String
    var first: UInt32
    var last: UInt32
    /// Whether every node has a route into the whole range; otherwise only into what is in use.
    var isRouted = false

    /// Whether the address is out of reach for certain.
    func shadows(_ outer: OuterAddress) -> Bool { isRouted || outer.parameter == "master_list" }
  }

  /// An address that nodes must reach outside their own ranges.
  private struct OuterAddress {
    var what: String
    var parameter: String
    var item: String
    var address: IPv4Address
  }

  private func outerAddresses() -> [OuterAddress] {
    func outer(_ what: String, _ parameter: String, _ item: String) -> OuterAddress? {
      IPv4Address(Self.host(of: item[...])).map {
        OuterAddress(what: what, parameter: parameter, item: item, address: $0)
      }
    }
    var found = list("master_list").map { outer("the master", "master_list", $0) }
    // Those of DC/OS's own DNS have a finding of their own.
    found += list("resolvers").filter { !$0.hasPrefix("198.51.100.") }
      .map { outer("the resolver", "resolvers", $0) }
    for name in ["bootstrap_url", "http_proxy", "https_proxy", "exhibitor_address"]
    where !reported.contains(name) {
      found.append(values[name].flatMap { outer("the address", name, $0) })
    }
    found += zooKeeperHosts.map { outer("the ZooKeeper", "exhibitor_zk_hosts", $0) }
    return found.compactMap(\.self)
  }

  /// What nodes must reach is outside every range, and with a plan so is their whole network.
  func overlaps() -> [GenconfFinding] {
    guard !values.isEmpty else { return [] }
    let addresses = outerAddresses()
    let network = cluster.map {
      (
        $0.network.cidr.address.rawValue & $0.network.cidr.mask.rawValue,
        $0.network.cidr.broadcast.rawValue
      )
    }
    return ranges().flatMap { range -> [GenconfFinding] in
      let isChosen = document.keys[range.parameter] != nil
      if let (first, last) = network, first <= range.last, range.first <= last {
        return [
          finding(
            "network-overlap", range.parameter, error: true,
            "the nodes' network \(cluster?.network.cidr.description ?? "") overlaps \(range.name)",
            range.parameter.isEmpty
              ? "choose another network.cidr in the cluster file"
              : "give \(range.parameter) a range that nothing else uses")
        ]
      }
      let inside = addresses.filter { (range.first...range.last).contains($0.address.rawValue) }
      if isChosen, let outer = inside.first {
        return [
          finding(
            "network-overlap", range.parameter, error: range.shadows(outer),
            "\(outer.what) \(outer.address) is inside \(range.name)",
            "choose a range that nothing else uses")
        ]
      }
      return Set(inside.map(\.parameter)).sorted().compactMap { name in
        guard let outer = inside.first(where: { $0.parameter == name }) else { return nil }
        return finding(
          "network-overlap", name, item: outer.item, error: range.shadows(outer),
          "\(outer.what) \(outer.address) is inside \(range.name), which every node has for itself",
          range.parameter.isEmpty
            ? "give an address outside it"
            : "give an address outside it, or \(range.parameter) another range")
      }
    }
  }

  private func range(
    _ name: String, _ parameter: String, _ network: PythonValue?, isRouted: Bool = false
  ) -> AddressRange? {
    guard let network, case .v4(let bits, let length)? = PythonNetwork(network) else { return nil }
    return AddressRange(
      name: name, parameter: parameter, first: bits, last: bits | UInt32.max >> UInt32(length),
      isRouted: isRouted)
  }

  private func ranges() -> [AddressRange] {
    var ranges: [AddressRange?] = [
      range("Docker's bridge 172.17.0.0/16", "", .string("172.17.0.0/16"), isRouted: true),
      range("DC/OS's own DNS 198.51.100.0/29", "", .string("198.51.100.0/29"), isRouted: true),
    ]
    if let bridge = values["dcos_ucr_default_bridge_subnet"] {
      ranges.append(
        range(
          "Mesos's bridge \(bridge)", "dcos_ucr_default_bridge_subnet", .string(bridge),
          isRouted: true))
    }
    if let first = values["dcos_l4lb_min_named_ip"].flatMap({ IPv4Address($0) }),
      let last = values["dcos_l4lb_max_named_ip"].flatMap({ IPv4Address($0) }), first <= last
    {
      ranges.append(
        AddressRange(
          name: "the virtual addresses \(first) to \(last)", parameter: "dcos_l4lb_min_named_ip",
          first: first.rawValue, last: last.rawValue))
    }
    if values["dcos_overlay_enable"] != "false", let text = values["dcos_overlay_network"],
      let overlay = try? PythonJSON.load(text)
    {
      ranges.append(range("the overlay's tunnels", "dcos_overlay_network", overlay["vtep_subnet"]))
      if case .list(let overlays)? = overlay["overlays"] {
        ranges += overlays.map { range("an overlay network", "dcos_overlay_network", $0["subnet"]) }
      }
    }
    if let calico = values["calico_network_cidr"] {
      ranges.append(range("Calico's network \(calico)", "calico_network_cidr", .string(calico)))
    }
    return ranges.compactMap(\.self)
  }
}
