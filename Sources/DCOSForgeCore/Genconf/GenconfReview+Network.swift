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
        finding("bootstrap-url-port", name, error: true, "\(url.excerpt) has no usable port"))
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
            "\(shared.joined(separator: ", ")) is a master too"))
      }
    }
    let both = Set(list("agent_list")).intersection(list("public_agent_list")).sorted()
    if !both.isEmpty {
      findings.append(
        finding(
          "agent-is-public", "public_agent_list", error: true,
          "\(both.joined(separator: ", ")) is a private agent too"))
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
        finding("agent-is-master", "master_list", error: true, "\(address) is a planned agent"))
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
            "resolver-port", name, "\(item) is used by DC/OS only: resolv.conf takes port 53 only"))
      }
      if host.hasPrefix("198.51.100.") || host.hasPrefix("127.") || host == "0.0.0.0" {
        findings.append(
          finding(
            "resolver-loop", name, error: true,
            "\(host) is an address of the node itself: it asks itself for ever",
            "give a server outside the cluster"))
      } else if nodes.contains(host) {
        findings.append(
          finding(
            "resolver-is-node", name,
            "\(host) is a node of the cluster, where DC/OS's own DNS listens",
            "give a server outside the cluster"))
      }
    }
    return findings
  }

  // MARK: Ranges

  /// A range that DC/OS or Docker uses on every node.
  private struct AddressRange {
    var name: String
    var parameter: String
    var first: UInt32
    var last: UInt32
  }

  /// The nodes' addresses must be outside every range, and with a plan so must their whole network.
  func overlaps() -> [GenconfFinding] {
    guard !values.isEmpty else { return [] }
    let masters = list("master_list").compactMap { IPv4Address($0)?.rawValue }
    let network = cluster.map {
      (
        $0.network.cidr.address.rawValue & $0.network.cidr.mask.rawValue,
        $0.network.cidr.broadcast.rawValue
      )
    }
    return ranges().compactMap { range in
      if let (first, last) = network, first <= range.last, range.first <= last {
        return finding(
          "network-overlap", range.parameter, error: true,
          "the nodes' network \(cluster?.network.cidr.description ?? "") overlaps \(range.name)",
          "choose ranges that nothing else uses")
      }
      guard let inside = masters.first(where: { (range.first...range.last).contains($0) }) else {
        return nil
      }
      return finding(
        "network-overlap", range.parameter, error: true,
        "the master \(IPv4Address(rawValue: inside)) is inside \(range.name)",
        "choose ranges that nothing else uses")
    }
  }

  private func range(_ name: String, _ parameter: String, _ network: PythonValue?) -> AddressRange?
  {
    guard let network, case .v4(let bits, let length)? = PythonNetwork(network) else { return nil }
    return AddressRange(
      name: name, parameter: parameter, first: bits, last: bits | UInt32.max >> UInt32(length))
  }

  private func ranges() -> [AddressRange] {
    var ranges: [AddressRange?] = [
      range("Docker's bridge 172.17.0.0/16", "", .string("172.17.0.0/16")),
      range("DC/OS's own DNS 198.51.100.0/29", "", .string("198.51.100.0/29")),
    ]
    if let bridge = values["dcos_ucr_default_bridge_subnet"] {
      ranges.append(
        range("Mesos's bridge \(bridge)", "dcos_ucr_default_bridge_subnet", .string(bridge)))
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
