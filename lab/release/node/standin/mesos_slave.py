"""dcos-mesos-slave and dcos-mesos-slave-public: finds the leader through ZooKeeper, registers with it
and keeps reporting that it runs; port 5051."""

import json
import os
import threading
import time

from . import mesos_master, node, web, zookeeper

PORT = 5051
HEARTBEAT_SECONDS = 5
IDENTITY = "/var/lib/mesos/slave/meta/slaves/latest"


class Agent:
    def __init__(self, address, masters, public):
        self.registered = False
        self.started = time.time()
        self.leader = None
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
        self.about = {
            "id": self._identity(), "hostname": address, "port": PORT,
            "attributes": {"public_ip": "true"} if public else {},
            "resources": {"cpus": float(os.cpu_count() or 1), "mem": float(memory)},
        }
        self.election = zookeeper.Election(zookeeper.connect(masters), "/mesos", "json.info_")

    @staticmethod
    def _identity():
        try:
            with open(IDENTITY, encoding="ascii") as file:
                return file.read().strip()
        except FileNotFoundError:
            return ""

    def _register(self):
        """One registration or heartbeat; False when there is no leader that takes it."""
        data = self.election.leader
        leader = json.loads(data)["hostname"] if data else None
        if leader is None:
            return False
        try:
            answer = web.request(leader, mesos_master.PORT, "/standin/agents", "POST", self.about)
        except OSError:
            return False
        if answer.status != 200:
            return False
        name = answer.json()["id"]
        if name != self.about["id"]:
            self.about["id"] = name
            node.write(IDENTITY, f"{name}\n")
        if (leader, True) != (self.leader, self.registered):
            node.log(f"Registered with master master@{leader}:{mesos_master.PORT} as {name}")
        self.leader = leader
        return True

    def keep_registered(self):
        while True:
            self.registered = self._register()
            time.sleep(HEARTBEAT_SECONDS)

    def metrics(self, _):
        return web.json_answer({"slave/registered": float(self.registered),
                                "slave/uptime_secs": time.time() - self.started})

    def state(self, _):
        return web.json_answer(self.about | {"master_hostname": self.leader if self.registered else None})


def main():
    address = node.detect_ip()
    os.makedirs("/var/lib/mesos/slave", exist_ok=True)
    agent = Agent(address, node.settings()["masters"], node.role() == "slave_public")
    threading.Thread(target=agent.keep_registered, daemon=True).start()
    table = {"/metrics/snapshot": agent.metrics, "/state": agent.state,
             "/health": lambda _: web.Message()}
    web.serve_forever(web.by_path(
        table | {f"/slave(1){path}": call for path, call in table.items()}), PORT, address)
