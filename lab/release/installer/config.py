"""Reads genconf/config.yaml as DC/OS does and says what it rejects: a subset of the real rules.

Values become text first (lists and mappings as JSON). What cannot become text ends in a traceback,
unknown keys pass unnoticed, and a key that nothing uses under the chosen switches is not looked at.
"""

import ipaddress
import json
import os
import re

import release


class Rejected(Exception):
    """The whole file is refused with one message, without a parameter's name."""


def load(path):
    """The parameters of a file as text by name."""
    import yaml  # only here: the other modes need not wait for it

    if not os.path.exists(path):
        raise Rejected(f"No config file found at {path}. See the DC/OS documentation for the "
                       "available configuration options.")
    with open(path, encoding="ascii") as file:  # the real image knows no other character set
        source = file.read()
    try:
        values = yaml.safe_load(source)
    except yaml.YAMLError as error:
        raise Rejected("Unable to load configuration file. "
                       f"Invalid YAML in {path}: {error}") from error
    if not isinstance(values, dict):
        raise NotImplementedError
    return {checked_key(key): as_text(key, value) for key, value in values.items()}


def checked_key(key):
    if not isinstance(key, str):
        raise TypeError(f"parameter name {key!r} is not a string")
    return key


def as_text(key, value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    if isinstance(value, (list, dict)):
        return json.dumps(value, sort_keys=True)
    raise TypeError(f"Invalid type for value of {key} in config. Got {type(value)}")


# ---- checks of one value: an AssertionError's text is the message ----

def boolean(value):
    assert value in ("true", "false"), f"Must be one of 'true', 'false'. Got {value!r}."


def one_of(*names):
    def check(value):
        assert value in names, f"Must be one of {', '.join(map(repr, names))}. Got {value!r}."
    return check


def integer(low, high=2**31):
    def check(value):
        assert re.fullmatch(r"-?\d+", value), f"Must be an integer but got a value of {value!r}"
        assert low <= int(value) <= high, f"Must be between {low} and {high} inclusive"
    return check


def typed_json(value, kind, name):
    try:
        parsed = json.loads(value)
    except ValueError:
        parsed = None
    assert isinstance(parsed, kind), f"Must be a JSON formatted {name}, but couldn't be parsed"
    return parsed


def string_list(value):
    items = typed_json(value, list, "list")
    assert all(isinstance(item, str) for item in items), "Must be a list of strings"
    repeated = sorted({item for item in items if items.count(item) > 1})
    assert not repeated, f"List cannot contain duplicates: {', '.join(repeated)}"
    return items


def mapping(value):
    return typed_json(value, dict, "dictionary")


def is_address(item):
    try:
        return str(ipaddress.IPv4Address(item)) == item
    except ValueError:
        return False


def address(value):
    assert is_address(value), f"Invalid IPv4 address: {value}"


def address_list(value):
    bad = [item for item in string_list(value) if not is_address(item)]
    assert not bad, f"Invalid IPv4 addresses in list: {', '.join(bad)}"


def address_and_port(item):
    host, colon, port = item.partition(":")
    assert is_address(host), f"Invalid IPv4 address: {host}"
    assert not colon or (port.isdigit() and 0 < int(port) < 65536), f"Invalid port: {port}"


def resolver_list(value):
    for item in string_list(value):
        address_and_port(item)


def resolver_list_2_2(value):
    resolver_list(value)
    for item in string_list(value):
        assert item.partition(":")[0] not in ("198.51.100.1", "198.51.100.2", "198.51.100.3"), \
            f"{item} is an address of DC/OS itself"


def forward_zones(value):
    for servers in mapping(value).values():
        assert isinstance(servers, list), "Must map each zone to a list of addresses"
        for item in servers:
            assert isinstance(item, str), "Must map each zone to a list of addresses"
            address_and_port(item)


def network(value):
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        raise AssertionError(f"Incorrect value for subnet: {value}. {error}") from error


def absolute(value):
    assert value.startswith("/"), "Must be an absolute filesystem path starting with /"


def no_end_slash(value):
    assert len(value) > 1, "Should be a url (http://example.com/bar or file:///path/to/local/cache)"
    assert not value.endswith("/"), "Must not end in a '/'"


def s3_prefix(value):
    assert not value.endswith("/"), "Must not end in a '/'"


def search_domains(value):
    assert "\n" not in value, "Newlines are not allowed"
    assert "," not in value, "Commas are not allowed. List entries should be separated by spaces."
    assert len(value) < 256, "Must be less than 256 characters"
    assert len(value.split()) <= 6, "Must have no more than 6 search domains"


def zookeeper_hosts(value):
    assert not value.startswith("zk://"), "Must be of the form host:port,host:port, not start with zk://"


def recovery_timeout(value):
    match = re.fullmatch(r"\d+(?:\.\d+)?(.*)", value)
    units = "ns us ms secs mins hrs days weeks".split()
    assert match and match[1] in units, f"Unit {value!r} must be a number and one of {units}"


def file_exists(value):
    assert not value or os.path.exists(value), f"{value} does not exist"


def overlay_network(version):
    def check(value):
        overlays = mapping(value).get("overlays")
        assert isinstance(overlays, list) and overlays, "Overlay network must have overlays"
        assert "vtep_mac_oui" in mapping(value), "Overlay network must have vtep_mac_oui"
        for overlay in overlays:
            assert isinstance(overlay, dict) and "name" in overlay, "Overlay must have a name"
            assert len(overlay["name"]) <= 13, "Overlay name cannot exceed 13 characters"
            assert {"subnet", "subnet6"} & overlay.keys(), "Overlay must have subnet or subnet6"
        needed = {"subnet": "vtep_subnet", "subnet6": "vtep_subnet6"}
        for overlay in overlays:
            for subnet, vtep in needed.items():
                if subnet in overlay:
                    network(overlay[subnet])
                    assert vtep in mapping(value), f"Overlay network must have {vtep}"
        assert version[:2] < (2, 1) or "vtep_subnet6" in mapping(value), "Must have vtep_subnet6"
        for vtep in needed.values():
            if vtep in mapping(value):
                network(mapping(value)[vtep])
    return check


BOOLEANS = {
    (1, 11): """check_time oauth_enabled oauth_available telemetry_enabled adminrouter_auth_enabled
        exhibitor_explicit_keys use_proxy enable_docker_gc mesos_dns_set_truncate_bit
        enable_gpu_isolation gpus_are_scarce cluster_docker_credentials_enabled
        cluster_docker_credentials_write_to_etc dcos_remove_dockercfg_enable enable_ipv6
        dcos_l4lb_enable_ipv6 enable_lb dcos_net_rest_enable dcos_net_watchdog master_dns_bindall
        dcos_overlay_enable adminrouter_tls_1_0_enabled adminrouter_tls_1_1_enabled
        adminrouter_tls_1_2_enabled""",
    (1, 12): "log_offers enable_mesos_ipv6_discovery enable_mesos_input_plugin",
    (1, 13): "auth_cookie_secure_flag mesos_seccomp_enabled",
    (2, 0): "exhibitor_tls_enabled exhibitor_tls_required mesos_docker_volume_chown",
    (2, 1): "calico_enabled mesos_cgroups_enable_cfs calico_vxlan_enabled",
}


def rules(version):
    """The check of each parameter that this release knows and this stand-in looks at."""
    table = {name: boolean for first, names in BOOLEANS.items() if version[:2] >= first
             for name in names.split()}
    table |= {
        "bootstrap_url": no_end_slash,
        "master_discovery": one_of("master_http_loadbalancer", "static"),
        "exhibitor_storage_backend": one_of(
            "agent_only_group_no_exhibitor", "aws_s3", "azure", "shared_filesystem", "static",
            "zookeeper"),
        "exhibitor_zk_hosts": zookeeper_hosts,
        "exhibitor_zk_path": absolute,
        "s3_prefix": s3_prefix,
        "resolvers": resolver_list_2_2 if version[:2] >= (2, 2) else resolver_list,
        "dns_search": search_domains,
        "ip_detect_filename": file_exists,
        "mesos_dns_ip_sources": string_list,
        "mesos_log_retention_mb": integer(1024),
        "mesos_recovery_timeout": recovery_timeout,
        "mesos_max_completed_tasks_per_framework": integer(0),
        "mesos_master_work_dir": absolute,
        "mesos_agent_work_dir": absolute,
        "cluster_docker_credentials": mapping,
        "rexray_config": mapping,
        "dcos_l4lb_min_named_ip": address,
        "dcos_l4lb_max_named_ip": address,
        "dns_bind_ip_blacklist": address_list,
        "dns_forward_zones": forward_zones,
        "dcos_overlay_mtu": integer(552),
        "dcos_overlay_config_attempts": integer(0, 10),
        "dcos_overlay_network": overlay_network(version),
        "dcos_ucr_default_bridge_subnet": network,
    }
    if version[:2] >= (2, 1):
        table |= {"calico_network_cidr": network, "calico_veth_mtu": integer(552)}
    return table


def required(config, version):
    """The parameters without a default under the switches of this configuration."""
    names = ["bootstrap_url", "cluster_name", "exhibitor_storage_backend", "master_discovery"]
    if config.get("master_discovery") == "static":
        names += ["master_list"]
    elif config.get("master_discovery") == "master_http_loadbalancer":
        names += ["exhibitor_address", "num_masters"]
    by_backend = {
        "zookeeper": ["exhibitor_zk_hosts", "exhibitor_zk_path"],
        "aws_s3": ["aws_region", "s3_bucket", "s3_prefix", "exhibitor_explicit_keys"],
        "azure": ["exhibitor_azure_account_name", "exhibitor_azure_prefix"],
        "shared_filesystem": ["exhibitor_fs_config_dir"],
    }
    names += by_backend.get(config.get("exhibitor_storage_backend"), [])
    if config.get("exhibitor_storage_backend") == "azure" and not release.since(version, b1_11=11):
        names += ["exhibitor_azure_account_key"]
    if config.get("use_proxy") == "true":
        names += ["http_proxy", "https_proxy"]
    return names


def unused(config):
    """Parameters that are not looked at under the switches of this configuration."""
    names = set()
    backend = config.get("exhibitor_storage_backend")
    if backend != "zookeeper":
        names |= {"exhibitor_zk_hosts", "exhibitor_zk_path"}
    if backend != "aws_s3":
        names |= {"s3_prefix", "exhibitor_explicit_keys"}
    return names


def validate(config, version):
    """The messages by parameter; empty means accepted."""
    errors = {}

    def check(name, test, *arguments):
        try:
            test(*arguments)
        except AssertionError as error:
            errors.setdefault(name, str(error))

    for name in required(config, version):
        if name not in config:
            errors[name] = f"Must set {name}, no way to calculate value."
    for name in release.fixed_parameters(version):
        if name in config:
            errors[name] = (f"{name} must be calculated, but was explicitly set in the configuration. "
                            "Remove it.")
    skip = unused(config) | errors.keys()
    for name, test in rules(version).items():
        if name in config and name not in skip:
            check(name, test, config[name])
    check("ip_detect_contents", file_exists, config.get("ip_detect_filename", "genconf/ip-detect"))
    check_public_ip_detect(config, version, check)
    if config.get("use_proxy") == "true" and "no_proxy" in config:
        check("no_proxy_final", string_list, config["no_proxy"])
    check_custom_checks(config, errors)
    check_masters(config, errors, check)
    check_pairs(config, version, errors)
    return errors


def check_public_ip_detect(config, version, check):
    """A missing file is a message up to 2.0 and a traceback after it."""
    path = config.get("ip_detect_public_filename", "")
    if path and not os.path.exists(path) and version[:2] >= (2, 1):
        raise FileNotFoundError(path)
    check("ip_detect_public_contents", file_exists, path)


BUILT_IN_CHECKS = """components_master components_agent xz tar curl unzip ip_detect_script clock_sync
    mesos_master_replog_synchronized mesos_agent_registered_with_masters
    journald_dir_permissions""".split()


def check_custom_checks(config, errors):
    """Names of custom checks: no blanks, none of DC/OS's own."""
    try:
        value = mapping(config.get("custom_checks", "{}"))
        names = [*mapping(json.dumps(value.get("cluster_checks", {})))]
        nodes = mapping(json.dumps(value.get("node_checks", {})))
        names += [*mapping(json.dumps(nodes.get("checks", {})))]
        for name in names:
            assert not re.search(r"\s", name), f"Check names must not contain whitespace: {name!r}"
    except AssertionError as error:
        errors.setdefault("custom_checks", str(error))
        return
    taken = sorted(set(names) & set(BUILT_IN_CHECKS))
    if taken:
        message = f"Custom check names conflict with built-in ones: {', '.join(taken)}"
        errors.setdefault("custom_checks", message)
        errors.setdefault("check_config", message)


def check_masters(config, errors, check):
    static = config.get("master_discovery") == "static"
    if static and "num_masters" in config:
        errors["num_masters"] = ("num_masters must be calculated, but was explicitly set in the "
                                 "configuration. Remove it.")
    if "master_list" in config:
        check("master_list", address_list, config["master_list"])
    count = config.get("num_masters")
    if static and "num_masters" not in config and "master_list" in config:
        try:
            count = str(len(typed_json(config["master_list"], list, "list")))
        except AssertionError:
            return
    if count is not None and count not in ("1", "3", "5", "7", "9"):
        errors.setdefault("num_masters", "Must have 1, 3, 5, 7, or 9 masters. "
                          f"Found {count} masters.")


def check_pairs(config, version, errors):
    """Rules over several parameters; each one involved gets the message."""
    def together(names, message):
        for name in names:
            errors.setdefault(name, message)

    if (config.get("master_discovery") == "master_http_loadbalancer"
            and config.get("exhibitor_storage_backend") == "static"):
        together(("master_discovery", "exhibitor_storage_backend"),
                 "When master_discovery is not static, exhibitor_storage_backend must be non-static.")
    balancing = config.get("dcos_l4lb_enable_ipv6", "true" if version[:2] >= (1, 13) else "false")
    if config.get("enable_ipv6") == "false" and balancing == "true":
        together(("enable_ipv6", "dcos_l4lb_enable_ipv6"),
                 "When enable_ipv6 is false, dcos_l4lb_enable_ipv6 must be false as well.")
    tls = {"adminrouter_tls_1_0_enabled": "false", "adminrouter_tls_1_1_enabled": "false",
           "adminrouter_tls_1_2_enabled": "true"}
    if all(config.get(name, default) == "false" for name, default in tls.items()):
        together(tls, "At least one of the TLS versions must be enabled.")
    if "dcos_overlay_network" not in errors:
        overlays = json.loads(config.get("dcos_overlay_network", '{"overlays": [{"name": "dcos"}]}'))
        names = [overlay["name"] for overlay in overlays["overlays"]]
        if config.get("dcos_overlay_network_default_name", "dcos") not in names:
            together(("dcos_overlay_network_default_name", "dcos_overlay_network"),
                     "Default overlay network name does not reference a defined overlay network.")
    if config.get("use_proxy") == "true" and "no_proxy" not in config:
        errors.setdefault("no_proxy_final", "Must set no_proxy, no way to calculate value.")


def validate_ssh(config, version):
    """What --validate-config adds up to 1.13."""
    errors = {}
    if "ssh_user" not in config and not release.since(version, b1_11=11):
        errors["ssh_user"] = "Must set ssh_user, no way to calculate value."
    lists = {"master_list": [], "agent_list": [], "public_agent_list": []}
    for name in lists:
        try:
            address_list(config.get(name, "[]"))
            lists[name] = json.loads(config.get(name, "[]"))
        except AssertionError as error:
            errors[name] = str(error)
    for first, second in (("master_list", "agent_list"), ("master_list", "public_agent_list"),
                          ("agent_list", "public_agent_list")):
        if set(lists[first]) & set(lists[second]):
            for name in (first, second):
                errors.setdefault(name, "master_list and agent_list cannot contain duplicates")
    for name, check in (("ssh_port", integer(1, 32000)), ("ssh_parallelism", integer(1, 100))):
        try:
            check(config.get(name, "22"))
        except AssertionError as error:
            errors[name] = str(error)
    return errors
