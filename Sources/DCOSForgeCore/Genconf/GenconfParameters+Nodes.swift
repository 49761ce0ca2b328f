/// What runs on the nodes: login and UI, Docker, Mesos, Marathon and Metronome, checks.
extension GenconfParameters {
  static let interface: [Row] = [
    Row(
      "oauth_enabled", .boolean, .preset("true"),
      .when("custom_auth", is: "false", and: "oauth_available", is: "true"), rule: .boolean,
      "login through an outside provider",
      "set false: the provider is gone, and nobody could log in"),
    Row(
      "oauth_available", .boolean, .preset("true"), .when("custom_auth", is: "false"),
      rule: .boolean, "whether login exists at all"),
    Row("oauth_issuer_url", .text, .preset("https://dcos.auth0.com/"), "the provider's tokens"),
    Row(
      "oauth_client_id", .text, .preset("3yF5TOSzdlI45Q1xspxzeoGBe9fNxm9m"),
      "the client at the provider"),
    Row(
      "oauth_auth_redirector", .text, .preset("https://auth.dcos.io"), "the provider's redirector"),
    Row(
      "oauth_auth_host", .text, .preset("https://dcos.auth0.com"),
      .when("custom_auth", is: "false", and: "oauth_available", is: "true"), "the provider's host"),
    Row(
      "adminrouter_auth_enabled", .boolean, .computed(.copy(of: "oauth_enabled")),
      "whether Admin Router demands a login", "leave it out: it follows oauth_enabled"),
    Row(
      "auth_cookie_secure_flag", .boolean, .preset("false"),
      .varying([(.before(.v1_13), .indirectly), (.all, .always)]), rule: boolean(in: .v1_13),
      "whether the login cookie is sent over HTTPS only"),
    Row(
      "telemetry_enabled", .boolean, .preset("true"), rule: .boolean,
      "whether usage is sent to the makers", "set false: nobody receives it any more"),
    Row(
      "intercom_enabled", .boolean, .preset("true"), in: .v1_12, "the makers' chat in the UI",
      "set false"),
    Row(
      "ui_update_enabled", .boolean, .preset("true"), in: .v1_13,
      "whether the UI offers to update itself", "set false: there are no updates any more"),
    Row("ui_tracking", .boolean, .preset("true"), .indirectly, "not used"),
    Row("ui_banner", .boolean, .preset("false"), "a banner in the UI"),
    Row("ui_banner_background_color", .text, .preset("#1E232F"), "its background"),
    Row("ui_banner_foreground_color", .text, .preset("#FFFFFF"), "its text colour"),
    Row(
      "ui_banner_header_title", .text, .preset("null"), "its title",
      "a JSON text with its own quotes"),
    Row(
      "ui_banner_header_content", .text, .preset("null"), "its header",
      "a JSON text with its own quotes"),
    Row(
      "ui_banner_footer_content", .text, .preset("null"), "its footer",
      "a JSON text with its own quotes"),
    Row(
      "ui_banner_image_path", .text, .preset("null"), "its image", "a JSON text with its own quotes"
    ),
    Row(
      "ui_banner_dismissible", .text, .preset("null"), "whether it can be closed",
      "true, false or null in JSON"),
    Row(
      "superuser_service_account_uid", .text, .preset(""), in: .v1_13,
      "the account that may do everything, for scripts"),
    Row(
      "superuser_service_account_public_key", .text, .preset(""), .indirectly, in: .v1_13,
      "that account's RSA key in PEM", "give both or none"),
  ]

  static let docker: [Row] = [
    Row(
      "docker_remove_delay", .duration, .preset("1hrs"), "how long dead containers stay",
      "a number and secs, mins, hrs, days or weeks; nothing checks it and the agent dies of it"),
    Row(
      "docker_stop_timeout", .duration, .preset("20secs"), "how long a container may take to stop",
      "a number and secs, mins, hrs, days or weeks; nothing checks it and the agent dies of it"),
    Row(
      "dcos_remove_dockercfg_enable", .boolean, .preset("false"), rule: .boolean,
      "whether .dockercfg is removed from sandboxes"),
    Row(
      "cluster_docker_credentials", .dictionary, .preset("{}"),
      .when([
        [GenconfSwitch(name: "cluster_docker_credentials_dcos_owned", value: "true")],
        [
          GenconfSwitch(name: "cluster_docker_credentials_dcos_owned", value: "false"),
          GenconfSwitch(name: "cluster_docker_credentials_write_to_etc", value: "true"),
        ],
      ]), rule: .dictionary, "Docker's config.json for all agents"),
    Row(
      "cluster_docker_credentials_dcos_owned", .boolean, .computed(credentialsOwnerFormula),
      rule: .boolean, "whether DC/OS keeps the credentials in its own folder"),
    Row(
      "cluster_docker_credentials_enabled", .boolean, .preset("false"), rule: .boolean,
      "whether Mesos uses the credentials"),
    Row(
      "cluster_docker_credentials_write_to_etc", .boolean, .preset("false"),
      .when("cluster_docker_credentials_dcos_owned", is: "false"), rule: .boolean,
      "whether they are written to /etc/mesosphere"),
    Row(
      "cluster_docker_registry_url", .text, .preset(""),
      .when("cluster_docker_registry_enabled", is: "true"),
      "the registry that images without one come from"),
    Row(
      "rexray_config", .dictionary,
      .fixedIf(
        "rexray_config_preset", is: "aws", GenconfFormula([]) { (_) throws(GenconfFault) in "{}" },
        .preset("{}")), .indirectly, rule: .dictionary,
      "REX-Ray's configuration for external volumes"),
    Row(
      "rexray_config_preset", .text, .preset(""), .indirectly, "a ready configuration for REX-Ray",
      "aws, or leave out; anything else is ignored"),
  ]

  static let mesos: [Row] = [
    Row(
      "gc_delay", .duration, .preset("2days"), "how long sandboxes of ended tasks stay",
      "a number and secs, mins, hrs, days or weeks; nothing checks it and the agent dies of it"),
    Row(
      "mesos_recovery_timeout", .duration, .preset("24hrs"), rule: .recoveryTimeout,
      "how long an agent waits for its executors after a restart"),
    Row(
      "mesos_log_retention_mb", .integer, .preset("4000"), .indirectly, rule: .logRetention,
      "how much of Mesos's logs stays, in MB"),
    Row(
      "mesos_container_log_sink", .text,
      .varying([(.v1_13, .preset("fluentbit+logrotate")), (.all, .preset("logrotate"))]),
      "where tasks' output goes",
      "journald, logrotate, journald+logrotate; from 1.13 on also fluentbit and fluentbit+logrotate"
    ),
    Row(
      "mesos_max_completed_tasks_per_framework", .integer,
      .varying([(.v2_1, .preset("100")), (.all, .preset(""))]),
      .varying([
        (.v2_1, .always), (.all, .when("has_mesos_max_completed_tasks_per_framework", is: "true")),
      ]), rule: integerFrom21, "how many ended tasks the master remembers"),
    Row(
      "mesos_max_completed_frameworks", .integer, .preset("10"), in: .v2_1, rule: .anyInteger,
      "how many ended frameworks the master remembers"),
    Row(
      "mesos_logrotate_file_size_mb", .integer, .preset("2"), in: .v2_1, rule: .anyInteger,
      "the size at which a task's output is rotated, in MB"),
    Row(
      "mesos_master_work_dir", .path, .preset("/var/lib/dcos/mesos/master"), rule: .absolutePath,
      "the master's folder"),
    Row(
      "mesos_agent_work_dir", .path, .preset("/var/lib/mesos/slave"), rule: .absolutePath,
      "the agent's folder"),
    Row(
      "enable_gpu_isolation", .boolean, .preset("true"), .indirectly, rule: .boolean,
      "whether tasks can ask for GPUs"),
    Row(
      "gpus_are_scarce", .boolean, .preset("true"), rule: .boolean,
      "whether GPU agents are kept for GPU tasks"),
    Row(
      "log_offers", .boolean, .preset("true"), in: .v1_12, rule: .boolean,
      "whether the master logs offers"),
    Row(
      "mesos_cni_root_dir_persist", .boolean, .preset("false"), in: .backported9, rule: .boolean,
      "whether network state survives a reboot",
      "the documents call it network_cni_root_dir_persist, which DC/OS ignores"),
    Row(
      "mesos_seccomp_enabled", .boolean,
      .varying([(.v2_0, .preset("true")), (.all, .preset("false"))]), .indirectly, in: .v1_13,
      rule: .boolean, "whether system calls of tasks are filtered"),
    Row(
      "mesos_seccomp_profile_name", .text,
      .varying([(.v2_0, .preset("default.json")), (.all, .preset(""))]),
      .when("has_mesos_seccomp_profile_name", is: "true"), in: .v1_13, "the filter"),
    Row(
      "mesos_docker_volume_chown", .boolean, .preset("false"), in: .v2_0, rule: .boolean,
      "whether volumes get the task's owner"),
    Row(
      "mesos_disallow_sharing_agent_ipc_namespace", .boolean, .preset("false"), in: .v2_0,
      rule: .boolean, "whether tasks have their own IPC namespace"),
    Row(
      "mesos_default_container_shm_size", .text, .preset(""),
      .when("has_mesos_default_container_shm_size", is: "true"), in: .v2_0,
      rule: GenconfRule("empty, or a whole number and B, KB, MB, GB or TB") {
        (_, _) throws(GenconfFault) in
      }, "the size of /dev/shm"),
    Row(
      "mesos_cgroups_enable_cfs", .boolean, .preset("true"), in: .v2_1, rule: .boolean,
      "whether CPU shares are hard limits"),
    Row(
      "mesos_http_executor_domain_sockets", .boolean, .preset("true"), in: .v2_1, rule: .boolean,
      "whether executors talk over Unix sockets"),
    Row(
      "enable_mesos_input_plugin", .boolean,
      .varying([(.v1_13, .preset("true")), (.all, .preset("false"))]), in: .v1_12_2, rule: .boolean,
      "whether telegraf reads Mesos's metrics"),
    Row(
      "enable_mesos_ipv6_discovery", .boolean, .preset("false"), in: .v1_12, rule: .boolean,
      "whether Mesos finds its IPv6 address", "needs ip6_detect_filename"),
    Row(
      "diagnostics_bundles_dir", .path, .preset("/var/lib/dcos/dcos-diagnostics/diag-bundles"),
      in: .v1_11_9, rule: .absolutePath, "the folder of diagnostics bundles"),
  ]

  static let schedulers: [Row] = [
    Row(
      "marathon_java_args", .text, .preset(""), in: .v1_11_4, "more arguments for Marathon's JVM"),
    Row(
      "marathon_gpu_scheduling_behavior", .text, .preset("restricted"),
      .when("has_marathon_gpu_scheduling_behavior", is: "true"), in: .v1_13,
      "which tasks Marathon puts on GPU agents",
      "restricted, unrestricted or empty; DC/OS does not check it"),
    Row(
      "metronome_gpu_scheduling_behavior", .text, .preset("restricted"),
      .when("has_metronome_gpu_scheduling_behavior", is: "true"), in: .v1_13,
      rule: .choice("restricted", "unrestricted", ""), "which jobs Metronome puts on GPU agents"),
    Row(
      "marathon_new_group_enforce_role", .text, .preset("top"),
      .when("has_marathon_new_group_enforce_role", is: "true"), in: .v2_0,
      rule: .choice("top", "off", ""), "whether new groups get a Mesos role of their own"),
    Row(
      "zk_client_port", .integer, .preset("2181"), .indirectly, in: .v2_1, "ZooKeeper's port",
      "leave it out"),
  ]

  static let checks: [Row] = [
    Row(
      "custom_checks", .dictionary, .preset("{}"), .indirectly, rule: .checks,
      "checks of your own, run with DC/OS's"),
    Row(
      "check_config", .dictionary, .computed(checkFormula), .indirectly, rule: .checks,
      "DC/OS's own checks", "leave it out and give custom_checks"),
  ]

  /// A truth value that older releases do not check.
  private static func boolean(in span: GenconfSpan) -> GenconfRule {
    GenconfRule("true or false") { (value, setting) throws(GenconfFault) in
      if span.contains(setting.version) { try GenconfRule.boolean.check(value, setting) }
    }
  }

  /// From 2.1 on checked alone, before that together with whether it is given.
  private static let integerFrom21 = GenconfRule("a whole number") {
    (value, setting) throws(GenconfFault) in
    if GenconfSpan.v2_1.contains(setting.version) {
      try GenconfRule.anyInteger.check(value, setting)
    }
  }
}
