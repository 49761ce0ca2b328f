import ForgeSupport
package import ForgeModel

/// The one table of DC/OS's parameters, group by group.
package enum GenconfParameters {
  /// Every parameter of any supported release, ordered by name.
  package static let all: [GenconfParameter] =
    (cluster + storage + installer + interface + docker + mesos + schedulers + dns + overlay
    + router + calico + checks + sshInstaller + computed + internals).sorted { $0.name < $1.name }

  /// The parameters that a release knows, ordered by name.
  package static func known(in version: DCOSVersion) -> [GenconfParameter] {
    all.filter { $0.span.contains(version) }
  }

  /// The parameter of a name, whatever the release; nil for an unknown one.
  package static func named(_ name: String) -> GenconfParameter? { all.first { $0.name == name } }

  /// The known parameter that a misspelt one most probably stands for; nil when none is near.
  package static func nearest(to name: String) -> String? {
    ForgeSupport.nearest(to: name, among: all.map(\.name))
  }

  typealias Row = GenconfParameter

  static let cluster: [Row] = [
    Row(
      "bootstrap_url", .text, .required, rule: .bootstrapURL, "where nodes download DC/OS from",
      "http://, the bootstrap node's address and port, no path: it must serve genconf/serve"),
    Row(
      "cluster_name", .text, .required, "the name that the UI and Mesos show",
      "letters, digits, - and _ only: it lands in environment files"),
    Row(
      "master_discovery", .text, .required, rule: .choice("master_http_loadbalancer", "static"),
      "how agents find the masters", "static, with master_list"),
    Row(
      "master_list", .list, .required, .when("master_discovery", is: "static"), rule: .v4List,
      "the masters' private addresses",
      "the addresses that ip-detect prints on the masters; never change it later"),
    Row(
      "num_masters", .integer,
      .fixedIf("master_discovery", is: "static", masterCountFormula, .required), rule: .masterCount,
      "the number of masters behind a load balancer",
      "give it with master_discovery: master_http_loadbalancer only"),
    Row(
      "exhibitor_address", .text, .required,
      .when("master_discovery", is: "master_http_loadbalancer"),
      "the load balancer in front of the masters"),
    Row(
      "master_external_loadbalancer", .text, .preset(""),
      .when("has_master_external_loadbalancer", is: "true"),
      "a name under which the masters are reached from outside, for their certificates"),
    Row(
      "platform", .text, .preset("onprem"),
      .varying([(.before(.v2_2), .always), (.all, .indirectly)]), "a label for the kind of site",
      "leave it out"),
    Row(
      "check_time", .boolean, .preset("true"), rule: .boolean,
      "whether services wait for a synchronised clock", "leave true and run chrony"),
    Row("weights", .text, .preset(""), "weights of Mesos roles"),
    Row("use_proxy", .boolean, .preset("false"), rule: .boolean, "whether nodes use an HTTP proxy"),
    Row(
      "http_proxy", .text, .required, .when("use_proxy", is: "true"), "the proxy for HTTP",
      "a whole URL"),
    Row(
      "https_proxy", .text, .required, .when("use_proxy", is: "true"), "the proxy for HTTPS",
      "a whole URL"),
    Row(
      "no_proxy", .list, .preset(""), .indirectly, "hosts that are reached without the proxy",
      "give at least [] with use_proxy: true"),
  ]

  static let storage: [Row] = [
    Row(
      "exhibitor_storage_backend", .text, .required,
      rule: .choice(
        "agent_only_group_no_exhibitor", "aws_s3", "azure", "shared_filesystem", "static",
        "zookeeper"), "where Exhibitor keeps ZooKeeper's configuration", "static"),
    Row(
      "exhibitor_zk_hosts", .text, .required, .when("exhibitor_storage_backend", is: "zookeeper"),
      rule: .zooKeeperHosts, "the other ZooKeeper, host:port,host:port"),
    Row(
      "exhibitor_zk_path", .path, .required, .when("exhibitor_storage_backend", is: "zookeeper"),
      rule: .zooKeeperPath, "the node in the other ZooKeeper"),
    Row(
      "aws_region", .text, .required, .when("exhibitor_storage_backend", is: "aws_s3"),
      "the region of the bucket"),
    Row(
      "s3_bucket", .text, .required, .when("exhibitor_storage_backend", is: "aws_s3"),
      "the bucket"),
    Row(
      "s3_prefix", .text, .required, .when("exhibitor_storage_backend", is: "aws_s3"),
      rule: .s3Prefix, "the path in the bucket"),
    Row(
      "exhibitor_explicit_keys", .boolean, .required,
      .when("exhibitor_storage_backend", is: "aws_s3"), rule: .boolean,
      "whether keys are given here"),
    Row("aws_access_key_id", .text, .required, explicitKeys, "the key's name"),
    Row(
      "aws_secret_access_key", .text, .varying([(.backported11, .preset("")), (.all, .required)]),
      explicitKeys, "the key",
      "give it: releases with an empty default start without it and fail later"),
    Row(
      "exhibitor_azure_account_name", .text, .required,
      .when("exhibitor_storage_backend", is: "azure"), "the storage account"),
    Row(
      "exhibitor_azure_account_key", .text,
      .varying([(.backported11, .preset("")), (.all, .required)]),
      .when("exhibitor_storage_backend", is: "azure"), "the account's key",
      "give it: releases with an empty default start without it and fail later"),
    Row(
      "exhibitor_azure_prefix", .text, .required, .when("exhibitor_storage_backend", is: "azure"),
      "the blob's prefix"),
    Row(
      "exhibitor_fs_config_dir", .path, .required,
      .when("exhibitor_storage_backend", is: "shared_filesystem"), "a folder that all masters share"
    ),
    Row(
      "exhibitor_admin_password", .text, .preset(""),
      .when("exhibitor_admin_password_enabled", is: "true"),
      "turns on a password for Exhibitor's pages (user admin)"),
    Row(
      "exhibitor_tls_enabled", .boolean, .preset("false"), anyBackend, in: .v2_0, rule: .boolean,
      "TLS between Exhibitors; enterprise only", "leave it out"),
    Row(
      "exhibitor_tls_required", .boolean, .preset("false"), anyBackend, in: .v2_0, rule: .boolean,
      "TLS between Exhibitors or nothing; enterprise only",
      "true makes the open-source installer fail"),
    Row(
      "exhibitor_bootstrap_ca_url", .text, .preset(""), anyBackend, in: .v2_0, rule: .authorityURL,
      "a certificate authority; enterprise only", "leave it out"),
  ]

  static let installer: [Row] = [
    Row(
      "ip_detect_filename", .file, .preset("genconf/ip-detect"), .indirectly,
      "the script that prints a node's private address"),
    Row(
      "ip_detect_contents", .text, .computed(ipDetectFormula), "the script itself",
      "leave it out and give the file"),
    Row(
      "ip_detect_public_filename", .file, .preset(""), .indirectly,
      "the script that prints a node's public address", "leave it out: the private one is used"),
    Row(
      "ip_detect_public_contents", .text, .computed(publicIPDetectFormula),
      "the public script itself", "leave it out"),
    Row(
      "ip6_detect_filename", .file, .preset(""), .indirectly, in: .v1_12,
      "the script that prints a node's IPv6 address"),
    Row(
      "ip6_detect_contents", .text, .computed(ip6DetectFormula), in: .v1_12,
      "the IPv6 script itself", "leave it out"),
    Row(
      "fault_domain_detect_filename", .file, .preset("genconf/fault-domain-detect"), .indirectly,
      "the script that prints region and zone; enterprise only"),
    Row(
      "fault_domain_detect_contents", .text,
      .computed(.derived(from: "fault_domain_detect_filename")),
      .when("fault_domain_enabled", is: "true"), "that script itself"),
    Row(
      "license_key_contents", .text, .preset(""), .when("licensing_enabled", is: "true"),
      "an enterprise licence"),
    Row(
      "bootstrap_id", .text, .preset("of the installer"), "the release's id",
      "leave it out: another one is not served"),
    Row(
      "bootstrap_variant", .text, .preset(""), .indirectly, "the release's variant",
      "leave it out"),
    Row(
      "bootstrap_tmp_dir", .path, .preset("tmp"),
      "the folder of the node into which the installer downloads, without its first slash"),
    Row(
      "enable_docker_gc", .boolean, .varying([(.v2_2, .preset("true")), (.all, .preset("false"))]),
      rule: .boolean, "whether agents delete unused images and containers"),
    Row("aws_masters_have_public_ip", .boolean, .required, .never, "cloud templates only"),
    Row("channel_name", .text, .required, .never, "cloud templates only"),
    Row("os_type", .text, .required, .never, "cloud templates only"),
    Row(
      "custom_auth_json", .text, .required, .when("custom_auth", is: "true"),
      "never used in the open-source edition"),
  ]

  static let sshInstaller: [Row] = [
    Row(
      "agent_list", .list, .preset("[]"), .ssh, in: .before(.v2_0), rule: .v4List,
      "private agents for the SSH installer", "only that installer reads it"),
    Row(
      "public_agent_list", .list, .preset("[]"), .ssh, in: .before(.v2_0), rule: .v4List,
      "public agents for the SSH installer", "only that installer reads it"),
    Row(
      "ssh_user", .text, .varying([(.defaultUser, .preset("centos")), (.all, .required)]), .ssh,
      in: .before(.v2_0), "the SSH installer's user"),
    Row(
      "ssh_port", .integer, .preset("22"), .ssh, in: .before(.v2_0), rule: .integer(1, 32000),
      "the SSH installer's port"),
    Row(
      "ssh_key_path", .file, .preset("genconf/ssh_key"), .ssh, in: .before(.v2_0), rule: .key,
      "the SSH installer's key", "unencrypted and closed to group and others"),
    Row(
      "ssh_parallelism", .integer, .preset("20"), .ssh, in: .before(.v2_0), rule: .integer(1, 100),
      "how many nodes the SSH installer works on at a time"),
    Row(
      "process_timeout", .integer, .preset("120"), .ssh, in: .before(.v2_0),
      "how long an SSH command may take, in seconds"),
  ]

  private static let explicitKeys = GenconfUse.when(
    "exhibitor_storage_backend", is: "aws_s3", and: "exhibitor_explicit_keys", is: "true")
  private static let anyBackend = GenconfUse.when(
    "exhibitor_storage_backend",
    among: ["aws_s3", "azure", "shared_filesystem", "static", "zookeeper"])
}
