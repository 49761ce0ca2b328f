/// What DC/OS computes or fixes: giving one of these is an error where DC/OS looks at it.
extension GenconfParameters {
  static let computed: [Row] = [
    Row(
      "_superuser_service_account_public_key_json", .text, .computed(superuserKeyFormula),
      in: .v1_13, "the superuser's key in JSON", "leave it out"),
    Row(
      "adminrouter_tls_cipher_override", .boolean,
      .fixedBy(.isGiven("adminrouter_tls_cipher_suite"))),
    Row(
      "adminrouter_tls_version_override", .text,
      .fixedBy(
        .derived(
          from: "adminrouter_tls_1_0_enabled", "adminrouter_tls_1_1_enabled",
          "adminrouter_tls_1_2_enabled"))),
    Row(
      "check_config_contents", .text,
      .fixedBy(
        .derived(
          from: "check_config", "custom_checks", "check_search_path", "check_ld_library_path"))),
    Row(
      "check_search_path", .text,
      .fixedBy(.derived(from: "custom_check_bins_provided", "custom_check_bins_package_id")),
      .indirectly),
    Row(
      "cluster_docker_credentials_path", .path,
      .fixedBy(.derived(from: "cluster_docker_credentials_dcos_owned")),
      .when("cluster_docker_credentials_enabled", is: "true")),
    Row(
      "cluster_docker_registry_enabled", .boolean, .fixedBy(.isGiven("cluster_docker_registry_url"))
    ),
    Row("custom_check_bins_dir", .path, .fixedBy(checkFolderFormula), .indirectly),
    Row(
      "custom_check_bins_provided", .boolean, .fixedBy(.derived(from: "custom_check_bins_dir")),
      .indirectly),
    Row(
      "custom_check_bins_hash", .text,
      .fixedBy(.derived(from: "custom_check_bins_provided", "custom_check_bins_dir")), .indirectly),
    Row(
      "custom_check_bins_package_id", .text,
      .fixedBy(
        .derived(
          from: "custom_check_bins_provided", "custom_check_bins_package_name",
          "custom_check_bins_hash")), .indirectly),
    Row(
      "dcos_dns_store_modes_term", .text, .fixedBy(.derived(from: "dcos_dns_store_modes")),
      in: GenconfSpan.v2_0.until(.v2_1)),
    Row("dcos_gen_resolvconf_search_str", .text, .fixedBy(.derived(from: "dns_search"))),
    Row(
      "dcos_l4lb_max_named_ip6_erltuple", .text, .fixedBy(.derived(from: "dcos_l4lb_max_named_ip6"))
    ),
    Row(
      "dcos_l4lb_max_named_ip_erltuple", .text, .fixedBy(.derived(from: "dcos_l4lb_max_named_ip"))),
    Row(
      "dcos_l4lb_min_named_ip6_erltuple", .text, .fixedBy(.derived(from: "dcos_l4lb_min_named_ip6"))
    ),
    Row(
      "dcos_l4lb_min_named_ip_erltuple", .text, .fixedBy(.derived(from: "dcos_l4lb_min_named_ip"))),
    Row("dns_bind_ip_blacklist_json", .list, .fixedBy(blacklistFormula)),
    Row(
      "exhibitor_admin_password_enabled", .boolean, .fixedBy(.isGiven("exhibitor_admin_password")),
      rule: .boolean),
    Row(
      "exhibitor_static_ensemble", .text, .fixedBy(.derived(from: "master_list")),
      .when("exhibitor_storage_backend", is: "static")),
    Row("fair_sharing_excluded_resource_names", .text, .fixedBy(.derived(from: "gpus_are_scarce"))),
    Row(
      "has_marathon_gpu_scheduling_behavior", .boolean,
      .fixedBy(.isGiven("marathon_gpu_scheduling_behavior")), in: .v1_13),
    Row(
      "has_marathon_new_group_enforce_role", .boolean,
      .fixedBy(.isGiven("marathon_new_group_enforce_role")), in: .v2_0),
    Row(
      "has_master_external_loadbalancer", .boolean,
      .fixedBy(.isGiven("master_external_loadbalancer"))),
    Row(
      "has_mesos_default_container_shm_size", .boolean,
      .fixedBy(.isGiven("mesos_default_container_shm_size")), in: .v2_0),
    Row(
      "has_mesos_max_completed_tasks_per_framework", .boolean,
      .fixedBy(.isGiven("mesos_max_completed_tasks_per_framework")), in: .before(.v2_1)),
    Row(
      "has_mesos_seccomp_profile_name", .boolean, .fixedBy(.isGiven("mesos_seccomp_profile_name")),
      in: .v1_13),
    Row(
      "has_metronome_gpu_scheduling_behavior", .boolean,
      .fixedBy(.isGiven("metronome_gpu_scheduling_behavior")), in: .v1_13),
    Row("master_quorum", .integer, .fixedBy(.derived(from: "num_masters"))),
    Row("mesos_dns_resolvers_str", .text, .fixedBy(.derived(from: "resolvers"))),
    Row("mesos_hooks", .text, .fixedBy(hookFormula), .when("use_mesos_hooks", is: "true")),
    Row(
      "mesos_isolation", .text,
      .varying([
        (.v1_13, .fixedBy(.derived(from: "enable_gpu_isolation", "mesos_seccomp_enabled"))),
        (.all, .fixedBy(.derived(from: "enable_gpu_isolation"))),
      ])),
    Row(
      "mesos_log_directory_max_files", .integer,
      .fixedBy(.derived(from: "mesos_log_retention_mb"))),
    Row("mesos_log_retention_count", .integer, .fixedBy(.derived(from: "mesos_log_retention_mb"))),
    Row("no_proxy_final", .text, .fixedBy(noProxyFormula), .when("use_proxy", is: "true")),
    Row(
      "package_ids", .list,
      .fixedBy(
        .derived(
          from: "bootstrap_variant", "custom_check_bins_provided", "custom_check_bins_package_id")),
      .varying([(.v1_11_2, .always), (.all, .indirectly)])),
    Row("profile_symlink_target_dir", .path, .fixedBy(.derived(from: "profile_symlink_target"))),
    Row(
      "resolvers_str", .text, .fixedBy(.derived(from: "resolvers")),
      .when("master_discovery", among: ["master_http_loadbalancer", "static"])),
    Row("rexray_config_contents", .text, .fixedBy(.derived(from: "rexray_config"))),
    Row("use_mesos_hooks", .boolean, .fixedBy(.isGiven("mesos_hooks"))),
    Row(
      "cluster_package_list_id", .text,
      .varying([(.v1_11_2, .fixed("")), (.all, .fixedBy(.derived(from: "cluster_packages")))])),
    Row(
      "cluster_packages", .list,
      .varying([
        (.v1_11_2, .fixed("")),
        (.all, .fixedBy(.derived(from: "config_package_ids", "package_ids"))),
      ]), .indirectly),
    Row(
      "config_id", .text,
      .fixedBy(.derived(from: "dcos_image_commit", "template_filenames", "sources_id")),
      .indirectly, in: .before(.v1_11_2)),
    Row(
      "config_package_ids", .list, .fixedBy(.derived(from: "config_package_names", "config_id")),
      .indirectly, in: .before(.v1_11_2)),
    Row("sources_id", .text, .fixed(""), .indirectly, in: .before(.v1_11_2)),
  ]

  static let internals: [Row] =
    fixedEverywhere + [
      Row("dcos_variant", .text, .fixed("open"), in: .v1_11_13),
      Row("marathon_port", .integer, .fixed("8080"), in: .v1_11_9),
      Row(
        "mesos_agent_log_file", .path, .fixed("/var/log/mesos/mesos-agent.log"), in: .backported9),
      Row(
        "mesos_master_log_file", .path, .fixed("/var/lib/dcos/mesos/log/mesos-master.log"),
        in: .backported9),
      Row("exhibitor_port", .integer, .fixed("8181"), in: .v2_0),
      Row("mesos_agent_port", .integer, .fixed("5051"), in: .v2_0),
      Row("mesos_dns_port", .integer, .fixed("8123"), in: .v2_0),
      Row("mesos_master_port", .integer, .fixed("5050"), in: .v2_0),
      Row("metronome_port", .integer, .fixed("9000"), in: .v2_0),
      Row(
        "config_package_names", .list, .fixed(""),
        .varying([(.v1_11_2, .always), (.all, .indirectly)])),
      Row(
        "template_filenames", .list, .fixed(""),
        .varying([(.v1_11_2, .always), (.all, .indirectly)])),
      Row("check_ld_library_path", .path, .fixed("/opt/mesosphere/lib"), .indirectly),
      Row("custom_check_bins_package_name", .text, .fixed("custom-check-bins"), .indirectly),
      Row("ui_networking", .boolean, .fixed("false"), .indirectly),
      Row("ui_organization", .boolean, .fixed("false"), .indirectly),
      Row("user_arguments", .text, .fixed(""), .indirectly),
      Row("user_arguments_full", .text, .fixed(""), .indirectly),
    ]

  private static let fixedEverywhere: [Row] = [
    Row("config_yaml", .text, .fixed("")), Row("config_yaml_full", .text, .fixed("")),
    Row("curly_pound", .text, .fixed("{#")), Row("custom_auth", .boolean, .fixed("false")),
    Row("dcos_image_commit", .text, .fixed("")), Row("dcos_version", .text, .fixed("")),
    Row("dcos_l4lb_forward_metrics", .boolean, .fixed("false")),
    Row("expanded_config", .text, .fixed("")), Row("expanded_config_full", .text, .fixed("")),
    Row("fault_domain_enabled", .boolean, .fixed("false")),
    Row("licensing_enabled", .boolean, .fixed("false")),
    Row("profile_symlink_source", .path, .fixed("/opt/mesosphere/bin/add_dcos_path.sh")),
    Row("profile_symlink_target", .path, .fixed("/etc/profile.d/dcos.sh")),
    Row("provider", .text, .fixed("onprem")), Row("ui_branding", .boolean, .fixed("false")),
    Row("ui_external_links", .boolean, .fixed("false")),
    Row("ui_telemetry_metadata", .text, .fixed(#"{"openBuild": true}"#)),
  ]
}
