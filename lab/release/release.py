"""What differs between the DC/OS releases 1.11.0 to 2.2.1: the one table behind the stand-in.

Read by `build` (units, components), by the program in the installer image (flags, rules, preflight)
and by nothing else. A version is a tuple (major, minor, patch); a branch is its first two numbers.
"""

LAST_PATCH = {(1, 11): 13, (1, 12): 5, (1, 13): 10, (2, 0): 6, (2, 1): 3, (2, 2): 1}

MASTER, AGENT, PUBLIC = "master", "slave", "slave_public"
ALL, AGENTS, MASTERS = (MASTER, AGENT, PUBLIC), (AGENT, PUBLIC), (MASTER,)
FIRST, NEVER = (1, 11), (9, 9)


def parse(text):
    """The version of a text such as 1.11.13; ValueError names what is supported."""
    parts = text.split(".")
    if len(parts) == 3 and all(part.isdigit() for part in parts):
        version = tuple(int(part) for part in parts)
        if version[2] <= LAST_PATCH.get(version[:2], -1):
            return version
    known = ", ".join(f"{a}.{b}.0-{patch}" for (a, b), patch in LAST_PATCH.items())
    raise ValueError(f"unknown DC/OS version {text!r}; known: {known}")


def text(version):
    return ".".join(str(number) for number in version)


def since(version, **first_patches):
    """Is a change in this release that came with b1_11=12, b1_12=5 ... and is in all later branches?"""
    table = {tuple(int(n) for n in key[1:].split("_")): patch for key, patch in first_patches.items()}
    branch = version[:2]
    return version[2] >= table[branch] if branch in table else branch > max(table)


def has_ssh_installer(version):
    """The installer's own SSH deployment (and the published port) ended with 1.13."""
    return version[:2] <= (1, 13)


def quorum_rule(version):
    """What `bootstrap` on a master waits for: all masters serving, or the local ZooKeeper only."""
    return "all" if version[:2] <= (2, 0) else "local"


def preflight_checks(version):
    """Names of the shell functions of dcos_install.sh, in the order of the run."""
    branch = version[:2]
    checks = ["check_existing_install"]
    checks += ["check_selinux_disabled" if branch == (1, 11) else "check_selinux_policy"]
    checks += ["check_sort"]
    if since(version, b1_11=11, b1_12=3, b1_13=0):
        checks += ["check_docker_running"]
    fixed = since(version, b1_11=12, b1_12=5, b1_13=4)
    checks += ["check_docker_version" if fixed else "check_docker_version_by_last_line"]
    checks += ["check_commands"]
    if branch == (1, 12):
        checks += ["check_ifconfig"]
    checks += ["check_systemd"]
    if not since(version, b1_11=12, b1_12=5, b1_13=6):
        checks += ["check_nogroup"]
    checks += ["check_ports"]
    if since(version, b1_11=3):
        checks += ["check_xfs_ftype"]
    checks += ["check_storage_driver"]
    if branch >= (1, 13):
        checks += ["warn_kernel_modules"]
    return checks + ["check_role_names"]


# port, name in the preflight's line, roles, first branch, first branch without it
PORTS = (
    (53, "dcos-net", ALL, FIRST, NEVER),
    (80, "adminrouter", MASTERS, FIRST, NEVER),
    (179, "calico-bird", ALL, (2, 1), NEVER),
    (443, "adminrouter", MASTERS, FIRST, NEVER),
    (1050, "dcos-diagnostics", MASTERS, FIRST, NEVER),
    (2181, "zookeeper", MASTERS, FIRST, NEVER),
    (2379, "etcd", MASTERS, (2, 1), NEVER),
    (2380, "etcd", MASTERS, (2, 1), NEVER),
    (5050, "mesos-master", MASTERS, FIRST, NEVER),
    (5051, "mesos-agent", AGENTS, FIRST, NEVER),
    (7070, "cosmos", MASTERS, FIRST, NEVER),
    (8080, "marathon", MASTERS, FIRST, NEVER),
    (8101, "dcos-oauth", MASTERS, FIRST, (2, 1)),
    (8101, "dcos-bouncer", MASTERS, (2, 1), NEVER),
    (8123, "mesos-dns", MASTERS, FIRST, NEVER),
    (8181, "exhibitor", MASTERS, FIRST, NEVER),
    (9000, "metronome", MASTERS, FIRST, NEVER),
    (9942, "metronome", MASTERS, FIRST, NEVER),
    (9990, "cosmos", MASTERS, FIRST, NEVER),
    (15055, "dcos-history", MASTERS, FIRST, (2, 1)),
    (36771, "marathon", MASTERS, FIRST, NEVER),
    (41281, "zookeeper", MASTERS, FIRST, NEVER),
    (46839, "metronome", MASTERS, FIRST, NEVER),
    (61001, "agent-adminrouter", AGENTS, FIRST, NEVER),
    (61053, "mesos-dns", MASTERS, FIRST, NEVER),
    (61091, "dcos-metrics", ALL, FIRST, (1, 12)),
    (61091, "telegraf", ALL, (1, 12), NEVER),
    (61420, "dcos-net", ALL, FIRST, (1, 12)),
    (62020, "fluent-bit", ALL, (1, 13), NEVER),
    (62080, "dcos-net", ALL, FIRST, NEVER),
    (62091, "calico-felix", ALL, (2, 1), NEVER),
    (62501, "dcos-net", ALL, FIRST, NEVER),
    (64000, "dcos-net", ALL, (2, 1), NEVER),
)


def ports(version, role):
    """The (port, name) pairs that the preflight looks at for a role."""
    return [(port, name) for port, name, roles, first, end in PORTS
            if role in roles and first <= version[:2] < end]


# name without suffix, kinds, roles, first branch, first branch without it
UNITS = (
    ("dcos-net", "service", ALL, FIRST, NEVER),
    ("dcos-net-watchdog", "service", ALL, FIRST, NEVER),
    ("dcos-gen-resolvconf", "service timer", ALL, FIRST, NEVER),
    ("dcos-checks-poststart", "service timer", ALL, FIRST, NEVER),
    ("dcos-pkgpanda-api", "service", ALL, FIRST, NEVER),
    ("dcos-diagnostics", "service socket", ALL, FIRST, NEVER),
    ("dcos-checks-api", "service socket", ALL, (1, 12), NEVER),
    ("dcos-telegraf", "service socket", ALL, (1, 12), NEVER),
    ("dcos-fluent-bit", "service", ALL, (1, 13), NEVER),
    ("dcos-calico-bird", "service", ALL, (2, 1), NEVER),
    ("dcos-calico-confd", "service", ALL, (2, 1), NEVER),
    ("dcos-calico-felix", "service", ALL, (2, 1), NEVER),
    ("dcos-exhibitor", "service", MASTERS, FIRST, NEVER),
    ("dcos-mesos-master", "service", MASTERS, FIRST, NEVER),
    ("dcos-mesos-dns", "service", MASTERS, FIRST, NEVER),
    ("dcos-marathon", "service", MASTERS, FIRST, NEVER),
    ("dcos-metronome", "service", MASTERS, FIRST, NEVER),
    ("dcos-cosmos", "service", MASTERS, FIRST, NEVER),
    ("dcos-adminrouter", "service", MASTERS, FIRST, NEVER),
    ("dcos-oauth", "service", MASTERS, FIRST, (1, 13)),
    ("dcos-bouncer", "service", MASTERS, (1, 13), NEVER),
    ("dcos-bouncer-migrate-users", "service", MASTERS, (1, 13), NEVER),
    ("dcos-cockroach", "service", MASTERS, (1, 13), NEVER),
    ("dcos-cockroachdb-config-change", "service timer", MASTERS, (1, 13), NEVER),
    ("dcos-ui-update-service", "service socket", MASTERS, (1, 13), NEVER),
    ("dcos-diagnostics-mesos-state", "service timer", MASTERS, (1, 12), NEVER),
    ("dcos-history", "service", MASTERS, FIRST, (2, 1)),
    ("dcos-etcd", "service", MASTERS, (2, 1), NEVER),
    ("dcos-log-master", "service socket", MASTERS, FIRST, NEVER),
    ("dcos-logrotate-master", "service timer", MASTERS, FIRST, NEVER),
    ("dcos-metrics-master", "service socket", MASTERS, FIRST, (1, 12)),
    ("dcos-signal", "service timer", MASTERS, FIRST, NEVER),
    ("dcos-mesos-slave", "service", (AGENT,), FIRST, NEVER),
    ("dcos-mesos-slave", "socket", (AGENT,), (2, 1), NEVER),
    ("dcos-mesos-slave-public", "service", (PUBLIC,), FIRST, NEVER),
    ("dcos-mesos-slave-public", "socket", (PUBLIC,), (2, 1), NEVER),
    ("dcos-adminrouter-agent", "service", AGENTS, FIRST, NEVER),
    ("dcos-rexray", "service", AGENTS, FIRST, NEVER),
    ("dcos-docker-gc", "service timer", AGENTS, FIRST, NEVER),
    ("dcos-log-agent", "service socket", AGENTS, FIRST, NEVER),
    ("dcos-logrotate-agent", "service timer", AGENTS, FIRST, NEVER),
    ("dcos-metrics-agent", "service socket", AGENTS, FIRST, (1, 12)),
    ("dcos-calico-libnetwork-plugin", "service", AGENTS, (2, 1), NEVER),
)


def units(version):
    """Every (unit name, roles) of a release."""
    rows = [(f"{name}.{kind}", roles) for name, kinds, roles, first, end in UNITS
            if first <= version[:2] < end for kind in kinds.split()]
    if not since(version, b1_11=13):  # its timer was on every node, so its service must be there too
        rows = [(name, ALL if name.startswith("dcos-signal.") else roles) for name, roles in rows]
    return rows


def fixed_parameters(version):
    """Keys an operator may not give because DC/OS calculates them (the user-plausible ones)."""
    names = """fault_domain_enabled licensing_enabled master_quorum dcos_version provider custom_auth
        exhibitor_static_ensemble exhibitor_admin_password_enabled ui_branding ui_external_links
        ui_telemetry_metadata dcos_image_commit package_ids check_search_path check_ld_library_path
        mesos_isolation mesos_hooks use_mesos_hooks resolvers_str mesos_dns_resolvers_str
        rexray_config_contents cluster_docker_registry_enabled adminrouter_tls_version_override
        adminrouter_tls_cipher_override cluster_package_list_id config_yaml template_filenames""".split()
    if not since(version, b1_11=9):
        names += ["dcos_overlay_network_json"]
    if version[:2] >= (2, 0):
        names += ["exhibitor_port", "mesos_dns_port", "mesos_master_port", "mesos_agent_port",
                  "metronome_port"]
    if since(version, b1_11=13):
        names += ["dcos_variant", "marathon_port", "mesos_agent_log_file", "mesos_master_log_file"]
    return names
