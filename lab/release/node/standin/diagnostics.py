"""dcos-diagnostics: the health of this node's units as systemd reports it, and on masters of all nodes."""

import os
import socket
import subprocess
import threading
import time

from . import mesos_master, node, web

PORT = 1050
AGENT_PORT = 61001
CACHE_SECONDS = 10
BASE = "/system/health/v1"
WANTS = "/etc/systemd/system/dcos.target.wants"
GOOD, BAD, UNKNOWN = 0, 1, 3
ROLE_NAMES = {"master": "master", "slave": "agent", "slave_public": "agent_public"}
PROPERTIES = ("Id", "Description", "LoadState", "ActiveState", "SubState", "Type", "ExecMainStatus",
              "ActiveEnterTimestampMonotonic", "InactiveExitTimestampMonotonic")


def problem(unit):
    """Why a unit is unhealthy, from its properties; None when it is fine."""
    never_active = unit.get("ActiveEnterTimestampMonotonic", "0") == "0"
    state = f"{unit.get('ActiveState')} ({unit.get('SubState')})"
    if unit.get("LoadState") != "loaded":
        return f"is not loaded: {unit.get('LoadState')}"
    if unit.get("ActiveState") == "failed":
        return f"is {state}"
    if unit.get("ExecMainStatus", "0") != "0":
        return f"exited with {unit['ExecMainStatus']}, is {state}"
    if unit.get("ActiveState") == "activating" and never_active and unit.get("Type") != "oneshot":
        return f"was never active, is {state}"
    # A oneshot service that a timer starts is at rest most of the time.
    if unit.get("ActiveState") == "inactive" and unit.get("Type") != "oneshot":
        return f"is {state}"
    return None


def read_units():
    """[{id, health, output, description, ...}] of every unit in dcos.target.wants."""
    names = sorted(os.listdir(WANTS))
    run = subprocess.run(["systemctl", "show", f"--property={','.join(PROPERTIES)}", *names],
                         capture_output=True, text=True, timeout=30, check=True)
    units = []
    for block in run.stdout.strip().split("\n\n"):
        unit = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        reason = problem(unit)
        units.append({"id": unit["Id"], "name": unit["Id"].partition(".")[0],
                      "description": unit.get("Description", ""), "help": "",
                      "health": BAD if reason else GOOD,
                      "output": f"{unit['Id']} {reason}" if reason else ""})
    return units


class Cached:
    """The value of a function, asked again when older than CACHE_SECONDS."""

    def __init__(self, function):
        self.function, self.lock, self.read, self.value = function, threading.Lock(), None, None

    def __call__(self):
        with self.lock:
            now = time.monotonic()
            if self.read is None or now - self.read > CACHE_SECONDS:
                self.value, self.read = self.function(), now
            return self.value


def agents(masters):
    """(address, role) of every agent that the leading master lists."""
    for master in masters:
        try:
            answer = web.request(master, mesos_master.PORT, "/master/slaves")
        except OSError:
            continue
        if answer.status == 200:
            return [(slave["hostname"], "agent_public" if slave["attributes"] else "agent")
                    for slave in answer.json()["slaves"]]
    return []


class Diagnostics:
    def __init__(self, address, masters, role):
        self.address, self.masters, self.role = address, masters, role
        self.units = Cached(read_units)
        self.nodes = Cached(self._read_nodes)

    def own(self):
        about = node.version_file()
        return {"units": self.units(), "hostname": socket.gethostname(), "ip": self.address,
                "node_role": ROLE_NAMES[self.role], "dcos_version": about["version"],
                "mesos_id": "", "dcos_diagnostics_version": "stand-in", "system": {}}

    def _read_nodes(self):
        """What every node says about itself; a silent one is unknown."""
        wanted = [(host, "master") for host in self.masters] + agents(self.masters)
        nodes = {}

        def ask(host, role):
            health, units = UNKNOWN, []
            try:
                if host == self.address:
                    units = self.units()
                else:
                    port = PORT if role == "master" else AGENT_PORT
                    units = web.request(host, port, BASE, timeout=15).json()["units"]
                health = BAD if any(unit["health"] for unit in units) else GOOD
            except (OSError, ValueError, KeyError):
                pass  # unknown
            nodes[host] = {"host_ip": host, "role": role, "health": health, "units": units}

        threads = [threading.Thread(target=ask, args=pair) for pair in wanted]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [nodes[host] for host, _ in wanted]

    def cluster_units(self):
        """Every unit of the cluster once, with the worst health of its nodes."""
        found = {}
        for one in self.nodes():
            for unit in one["units"]:
                known = found.setdefault(unit["id"], {**unit, "health": GOOD, "output": ""})
                known["health"] = max(known["health"], unit["health"])
        return [found[name] for name in sorted(found)]

    def handle(self, request):
        path = request.path.partition("?")[0].rstrip("/")
        if path == BASE:
            return web.json_answer(self.own())
        if self.role != "master" or not path.startswith(BASE + "/"):
            return web.NOT_FOUND
        parts = path[len(BASE) + 1:].split("/")
        short = [{key: one[key] for key in ("host_ip", "role", "health")} for one in self.nodes()]
        if parts == ["nodes"]:
            return web.json_answer({"nodes": short})
        if parts == ["units"]:
            return web.json_answer({"units": self.cluster_units()})
        if parts == ["report"]:
            return web.json_answer({"nodes": self.nodes(), "units": self.cluster_units()})
        for one in self.nodes():
            if parts[:2] == ["nodes", one["host_ip"]]:
                units = {"units": one["units"]}
                plain = {key: one[key] for key in ("host_ip", "role", "health")}
                return web.json_answer(units if parts[2:] == ["units"] else plain)
        return web.NOT_FOUND


def main():
    settings, role = node.settings(), node.role()
    diagnostics = Diagnostics(node.detect_ip(), settings["masters"], role)
    web.serve_forever(diagnostics.handle, PORT, "" if role == "master" else "127.0.0.1")
