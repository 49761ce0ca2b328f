"""The node's checks as `dcos-diagnostics check` (1.11) and `dcos-check-runner check` (1.12 on) run them."""

import json
import os
import shutil
import sys
import time

from . import clock, diagnostics, mesos_master, mesos_slave, node, web

OK, WARNING, CRITICAL, UNKNOWN = range(4)
TOOLS = ("xz", "tar", "curl", "unzip")


def _metric(port, name):
    answer = web.request(node.detect_ip(), port, "/metrics/snapshot")
    return OK if answer.json()[name] == 1 else CRITICAL, f"{name} is {answer.json()[name]}"


def components():
    """All units but the one that runs this very check."""
    units = web.request("127.0.0.1", diagnostics.PORT, diagnostics.BASE, timeout=20).json()["units"]
    bad = [unit["output"] for unit in units
           if unit["health"] and not unit["id"].startswith("dcos-checks-poststart")]
    return CRITICAL if bad else OK, "; ".join(bad) or "all components are healthy"


def ip_detect_script():
    start = time.monotonic()
    address = node.detect_ip()
    slow = time.monotonic() - start > 1
    return WARNING if slow else OK, f"{address} is a valid IPv4 address"


def clock_sync():
    reason = clock.problem()
    return CRITICAL if reason else OK, reason or "Clock is synced"


def journal_directory():
    folder = "/var/log/journal"
    folder = folder if os.path.isdir(folder) else "/run/log/journal"
    return OK if os.path.isdir(folder) else CRITICAL, folder


def tool(name):
    found = shutil.which(name)
    return OK if found else CRITICAL, found or f"{name} is not in PATH"


def node_checks(settings, role):
    """Every check of node-poststart by name."""
    branch = tuple(int(part) for part in settings["version"].split(".")[:2])
    tools = TOOLS + (("ifconfig",) if branch == (1, 12) else ())
    checks = {name: (lambda name=name: tool(name)) for name in tools}
    checks["ip_detect_script"] = ip_detect_script
    checks["journald_dir_permissions"] = journal_directory
    if settings["check_time"]:
        checks["clock_sync"] = clock_sync
    if role == "master":
        checks["components_master"] = components
        checks["mesos_master_replog_synchronized"] = \
            lambda: _metric(mesos_master.PORT, "registrar/log/recovered")
    else:
        checks["components_agent"] = components
        checks["mesos_agent_registered_with_masters"] = \
            lambda: _metric(mesos_slave.PORT, "slave/registered")
        if branch >= (1, 13):
            checks["docker"] = lambda: tool("docker")
    return checks


def run(check):
    try:
        status, output = check()
    except (OSError, ValueError, KeyError, SystemExit) as error:
        status, output = UNKNOWN if isinstance(error, SystemExit) else CRITICAL, str(error)
    return {"status": status, "output": output}


def main(*arguments):
    words = [word for word in arguments if not word.startswith("-")]
    if len(words) < 2 or words[0] != "check" or words[1] not in ("node-poststart", "cluster"):
        node.log("usage: check node-poststart|cluster [--list] [NAME...]")
        sys.exit(UNKNOWN)
    # The open-source release has no checks of the cluster.
    checks = node_checks(node.settings(), node.role()) if words[1] == "node-poststart" else {}
    wanted = {name: checks[name] for name in sorted(checks) if name in words[2:] or not words[2:]}
    if "--list" in arguments:
        print(json.dumps({name: {"description": name, "timeout": "30s"} for name in wanted}, indent=2))
        return
    results = {name: run(check) for name, check in wanted.items()}
    worst = max((result["status"] for result in results.values()), default=OK)
    print(json.dumps({"status": worst, "checks": results}, indent=2))
    sys.exit(worst)
