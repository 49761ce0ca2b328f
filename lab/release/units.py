"""The texts of the systemd units, by release; waits and order are those of DC/OS's own units."""

import release

STANDIN = "/opt/mesosphere/bin/standin"
IDLE = "/usr/bin/sleep infinity"
LEADER, SPARTAN = "ping:leader.mesos", "ping:ready.spartan"


def services(version):
    """{unit: (description, waits, command)}; what is not here is a process that only sleeps."""
    branch = version[:2]
    router_waits = [SPARTAN, "ping:marathon.mesos", LEADER]
    if branch == (1, 11):
        router_waits += ["file:/var/lib/dcos/cluster-id", "http:8101/acs/api/v1/groups"]
    late_check = ["clock"] if branch >= (1, 12) else []
    metrics = ("Metrics", [], f"{STANDIN} simple metrics")
    users = ("Users of the cluster", [], f"{STANDIN} simple oauth")
    return {
        "dcos-exhibitor": ("Exhibitor: ZooKeeper supervisor", late_check, f"{STANDIN} exhibitor"),
        "dcos-net": ("DC/OS Net: DNS and addresses", ["clock", "interface", "quorum"],
                     f"{STANDIN} net"),
        "dcos-mesos-dns": ("Mesos DNS", [SPARTAN, "quorum"], f"{STANDIN} mesos-dns"),
        "dcos-mesos-master": ("Mesos Master", [SPARTAN, "quorum"], f"{STANDIN} mesos-master"),
        "dcos-mesos-slave": ("Mesos Agent", [SPARTAN], f"{STANDIN} mesos-slave"),
        "dcos-mesos-slave-public": ("Mesos Agent Public", [SPARTAN], f"{STANDIN} mesos-slave"),
        "dcos-marathon": ("Marathon", [LEADER], f"{STANDIN} marathon"),
        "dcos-metronome": ("Jobs Service", ["clock", LEADER], f"{STANDIN} simple metronome"),
        "dcos-cosmos": ("Package Service", [LEADER], f"{STANDIN} simple cosmos"),
        "dcos-history": ("History Service", [LEADER], f"{STANDIN} simple history"),
        "dcos-oauth": users,
        "dcos-bouncer": users,
        "dcos-adminrouter": ("Admin Router Master", router_waits, f"{STANDIN} adminrouter"),
        "dcos-adminrouter-agent": ("Admin Router Agent", [LEADER], f"{STANDIN} adminrouter-agent"),
        "dcos-diagnostics": ("DC/OS Diagnostics", [], f"{STANDIN} diagnostics"),
        "dcos-metrics-master": metrics,
        "dcos-metrics-agent": metrics,
        "dcos-telegraf": metrics,
    }


def oneshots(version):
    """{unit: (description, waits, command)} of what a timer starts or what runs once."""
    runner = "dcos-diagnostics" if version[:2] == (1, 11) else "dcos-check-runner"
    return {
        "dcos-gen-resolvconf": ("Generate resolv.conf", [], f"{STANDIN} gen-resolvconf"),
        "dcos-checks-poststart": ("Checks after the start", [],
                                  f"/opt/mesosphere/bin/dcos-shell {runner} check node-poststart"),
        "dcos-signal": ("Signal: the cluster's identity", [LEADER],
                        f"{STANDIN} cluster-id"),
        "dcos-logrotate-master": ("Rotate logs", [], "/bin/true"),
        "dcos-logrotate-agent": ("Rotate logs", [], "/bin/true"),
        "dcos-docker-gc": ("Remove old containers", [], "/bin/true"),
        "dcos-diagnostics-mesos-state": ("Bundle of the Mesos state", [], "/bin/true"),
        "dcos-cockroachdb-config-change": ("Database settings", [], "/bin/true"),
        "dcos-bouncer-migrate-users": ("Move users", [], "/bin/true"),
    }


MINUTELY = ("dcos-gen-resolvconf", "dcos-checks-poststart")


def unit_text(unit, version):
    """The content of a unit file."""
    name, _, kind = unit.rpartition(".")
    if kind == "timer":
        period = "1min" if name in MINUTELY else "1h"
        return (f"[Unit]\nDescription={name} timer (stand-in)\n[Timer]\nOnActiveSec=20s\n"
                f"OnUnitActiveSec={period}\nAccuracySec=5s\n")
    if kind == "socket":
        return (f"[Unit]\nDescription={name} socket (stand-in)\n"
                f"[Socket]\nListenStream=/run/dcos/{name}.sock\n")
    once = oneshots(version)
    if name in once:
        description, waits, command = once[name]
        behaviour = ["Type=oneshot"]
        if name == "dcos-signal":
            behaviour += ["Restart=on-failure", "RestartSec=5"]
    else:
        description, waits, command = services(version).get(name, (name, [], IDLE))
        behaviour = ["Restart=always", "RestartSec=5", "TimeoutStartSec=400"]
    before = [f"ExecStartPre=/opt/mesosphere/bin/await {name} {' '.join(waits)}"] if waits else []
    lines = ["[Unit]", f"Description={description} (stand-in)", "StartLimitIntervalSec=0", "[Service]",
             *behaviour, "EnvironmentFile=/opt/mesosphere/environment",
             *before, f"ExecStart={command}"]
    return "\n".join(lines) + "\n"


def component(unit):
    """The package that brings a unit."""
    return unit.rpartition(".")[0].removeprefix("dcos-")


def packages(version):
    """{component: {path in the package: text}}: folders by role, as pkgpanda reads them."""
    found = {}
    for unit, roles in release.units(version):
        folders = ["dcos.target.wants"] if roles == release.ALL else [
            f"dcos.target.wants_{role}" for role in roles]
        files = found.setdefault(component(unit), {"pkginfo.json": "{}\n"})
        for folder in folders:
            files[f"{folder}/{unit}"] = unit_text(unit, version)
    return found
