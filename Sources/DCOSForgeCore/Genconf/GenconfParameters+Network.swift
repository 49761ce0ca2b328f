/// Names, addresses and routes: DNS, virtual addresses, overlays, Admin Router, Calico.
extension GenconfParameters {
  static let dns: [Row] = [
    Row(
      "resolvers", .list, .preset(#"["8.8.8.8", "8.8.4.4"]"#), rule: .resolvers,
      "the DNS servers that DC/OS asks for other names",
      "at most three, port 53, reachable from every node"),
    Row("dns_search", .text, .preset(""), .indirectly, rule: .searchDomains, "domains to search"),
    Row(
      "dns_forward_zones", .dictionary, .preset("{}"), rule: .forwardZones,
      "DNS servers for single zones"),
    Row(
      "dns_bind_ip_blacklist", .list, .preset("[]"), .indirectly, rule: .v4List,
      "addresses of nodes on which DNS does not listen"),
    Row(
      "dns_bind_ip_reserved", .list, .preset(#"["198.51.100.4"]"#), .indirectly,
      "the same, of DC/OS itself", "leave it out"),
    Row(
      "master_dns_bindall", .boolean, .preset("true"), rule: .boolean,
      "whether the masters' DNS listens on all addresses"),
    Row(
      "mesos_dns_ip_sources", .list, .preset(#"["host", "netinfo"]"#), rule: .textList,
      "which of a task's addresses Mesos-DNS gives"),
    Row(
      "mesos_dns_set_truncate_bit", .boolean, .preset("true"), rule: .boolean,
      "whether long answers ask for TCP"),
    Row(
      "dcos_dns_push_ops_timeout", .integer, .preset("1000"), in: GenconfSpan.v1_12_1.until(.v2_1),
      rule: .integer(50, 120000), "how long records may take to spread, in ms"),
    Row(
      "dcos_net_push_ops_timeout", .integer, .preset("1000"), in: .v2_1, rule: .integer(50, 120000),
      "how long records may take to spread, in ms"),
    Row(
      "dcos_dns_store_modes", .list, .preset(#"["lww", "set"]"#), .indirectly,
      in: GenconfSpan.v2_0.until(.v2_1), rule: .storeModes, "how records are stored", "leave it out"
    ),
    Row(
      "dcos_net_rest_enable", .boolean, .preset("true"), rule: .boolean, "dcos-net's HTTP interface"
    ),
    Row(
      "dcos_net_watchdog", .boolean, .preset("true"), rule: .boolean,
      "whether a stuck dcos-net is restarted"),
    Row(
      "dcos_net_cluster_identity", .boolean, .preset("false"), in: .backported9, rule: .boolean,
      "whether dcos-net talks to its own cluster only"),
    Row(
      "enable_ipv6", .boolean, .preset("true"), rule: .boolean, "IPv6 of DC/OS's own networks",
      "false where the nodes' kernel has no IPv6; then dcos_l4lb_enable_ipv6 must be false too"),
  ]

  static let overlay: [Row] = [
    Row("enable_lb", .boolean, .preset("true"), rule: .boolean, "the layer-4 load balancer"),
    Row(
      "dcos_l4lb_min_named_ip", .address, .preset("11.0.0.0"), .indirectly, rule: .v4Address,
      "the first address of named virtual addresses", "the range must not be in use"),
    Row(
      "dcos_l4lb_max_named_ip", .address, .preset("11.255.255.255"), .indirectly, rule: .v4Address,
      "the last one"),
    Row(
      "dcos_l4lb_min_named_ip6", .address, .preset("fd01:c::"), .indirectly, rule: .v6Address,
      "the first IPv6 address of named virtual addresses"),
    Row(
      "dcos_l4lb_max_named_ip6", .address, .preset("fd01:c::ffff:ffff:ffff:ffff"), .indirectly,
      rule: .v6Address, "the last one"),
    Row(
      "dcos_l4lb_enable_ipv6", .boolean,
      .varying([(.v1_13, .preset("true")), (.all, .preset("false"))]),
      rule: GenconfRule("true or false; false when enable_ipv6 is false") {
        (_, _) throws(GenconfFault) in
      }, "virtual IPv6 addresses", "false together with enable_ipv6: false"),
    Row(
      "dcos_l4lb_enable_ipset", .boolean, .preset("true"), in: .backported11, rule: .boolean,
      "whether the load balancer uses ipset"),
    Row("dcos_overlay_enable", .boolean, .preset("true"), rule: .boolean, "the overlay networks"),
    Row(
      "dcos_overlay_mtu", .integer, .preset("1420"), rule: .integer(552), "the overlays' MTU",
      "80 less than the nodes' network's"),
    Row(
      "dcos_overlay_config_attempts", .integer, .preset("4"), rule: .integer(0, 10),
      "how often an agent tries to configure its overlay"),
    Row(
      "dcos_overlay_network", .dictionary, .preset(defaultOverlay),
      .varying([(.before(.v1_11_3), .indirectly), (.backported9, .indirectly), (.all, .always)]),
      rule: .overlay, "the overlay networks", "none may overlap the nodes' network"),
    Row(
      "dcos_overlay_network_json", .dictionary, .fixedBy(oldOverlayFormula), in: .before(.v1_11_3)),
    Row(
      "dcos_overlay_network_json", .dictionary, .computed(overlayFormula), in: .backported9,
      rule: .overlay, "the overlay networks as the master gets them",
      "leave it out and give dcos_overlay_network"),
    Row(
      "dcos_overlay_network_default_name", .text, .preset("dcos"),
      .varying([(.v1_11_4, .always), (.all, .when("dcos_overlay_enable", is: "true"))]),
      "the overlay that tasks get", "one of the overlays' names"),
    Row(
      "dcos_overlay_network6_default_name", .text, .preset("dcos6"), in: .v1_11_4,
      "the IPv6 overlay that tasks get"),
    Row(
      "dcos_ucr_default_bridge_subnet", .address, .preset("172.31.254.0/24"), rule: .network,
      "the bridge's network on every agent"),
    Row(
      "dcos_ucr_default_bridge_network_name", .text, .preset("mesos-bridge"), in: .v1_11_4,
      "the bridge's name"),
    Row(
      "dcos_cni_data_dir", .path, .preset("/var/run/dcos/cni/networks"), in: .v1_11_4,
      "where addresses of tasks are noted"),
  ]

  static let router: [Row] = [
    Row(
      "adminrouter_tls_1_0_enabled", .boolean, .preset("false"), .indirectly, rule: .boolean,
      "TLS 1.0 at Admin Router", "leave it out"),
    Row(
      "adminrouter_tls_1_1_enabled", .boolean,
      .varying([(.v1_11_2, .preset("false")), (.all, .preset("true"))]), .indirectly,
      rule: .boolean, "TLS 1.1 at Admin Router", "leave it out"),
    Row(
      "adminrouter_tls_1_2_enabled", .boolean, .preset("true"), .indirectly, rule: .boolean,
      "TLS 1.2 at Admin Router", "leave it out"),
    Row(
      "adminrouter_tls_cipher_suite", .text, .preset(""),
      .when("adminrouter_tls_cipher_override", is: "true"), "ciphers at Admin Router"),
    Row(
      "adminrouter_x_frame_options", .text,
      .varying([(.v1_13, .preset("DENY")), (.all, .preset("SAMEORIGIN"))]), in: .v1_12_4,
      rule: .frameOptions, "whether the UI may be shown in a frame"),
    Row(
      "adminrouter_grpc_proxy_port", .integer, .preset("12379"), in: .v2_1, rule: .grpcPort,
      "Admin Router's port for etcd"),
  ]

  static let calico: [Row] = [
    Row(
      "calico_enabled", .boolean, .preset("true"), in: .calicoSwitch, rule: .boolean,
      "Calico's network"),
    Row(
      "calico_network_cidr", .address, .preset("172.29.0.0/16"), calicoUse([]), in: .v2_1,
      rule: .network, "Calico's network", "it must not overlap the nodes' network"),
    Row(
      "calico_veth_mtu", .integer, .preset("1500"), calicoUse([]), in: .v2_1, rule: .integer(552),
      "the MTU in containers"),
    Row(
      "calico_ipinip_mtu", .integer, .preset("1480"),
      calicoUse([GenconfSwitch(name: "calico_vxlan_enabled", value: "false")]), in: .v2_1,
      rule: .integer(552), "the MTU with IP in IP"),
    Row(
      "calico_vxlan_enabled", .boolean, .preset("true"), calicoUse([]), in: .v2_1, rule: .boolean,
      "whether Calico uses VXLAN, otherwise IP in IP"),
    Row(
      "calico_vxlan_mtu", .integer, .preset("1450"),
      calicoUse([GenconfSwitch(name: "calico_vxlan_enabled", value: "true")]), in: .v2_1,
      rule: .integer(552), "the MTU with VXLAN"),
    Row(
      "calico_vxlan_port", .integer, .preset("64000"),
      calicoUse([GenconfSwitch(name: "calico_vxlan_enabled", value: "true")]), in: .v2_1,
      rule: .integer(1025, 65535), "VXLAN's port"),
    Row(
      "calico_vxlan_vni", .integer, .preset("4096"),
      calicoUse([GenconfSwitch(name: "calico_vxlan_enabled", value: "true")]), in: .v2_1,
      rule: .integer(1, 16_777_215), "VXLAN's number",
      "not 1024, which the overlay uses; DC/OS does not notice"),
  ]

  /// Under Calico's own switch where a release has it.
  private static func calicoUse(_ switches: [GenconfSwitch]) -> GenconfUse {
    let enabled = GenconfSwitch(name: "calico_enabled", value: "true")
    return .varying([
      (.calicoSwitch, .when([[enabled] + switches])),
      (.all, switches.isEmpty ? .always : .when([switches])),
    ])
  }

  static let defaultOverlay =
    #"{"vtep_subnet": "44.128.0.0/20", "vtep_subnet6": "fd01:a::/64", "#
    + #""vtep_mac_oui": "70:B3:D5:00:00:00", "overlays": [{"name": "dcos", "subnet": "9.0.0.0/8", "#
    + #""prefix": 24}, {"name": "dcos6", "subnet6": "fd01:b::/64", "prefix6": 80}]}"#
}
