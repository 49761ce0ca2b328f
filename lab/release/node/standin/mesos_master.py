"""dcos-mesos-master: elects a leader through ZooKeeper and keeps the list of agents on port 5050."""

import itertools
import json
import os
import threading
import time
import uuid

from . import node, web, zookeeper

PORT = 5050
SILENT_SECONDS = 20  # an agent not heard of for so long is inactive
REMOVE_SECONDS = 75  # and after this it is gone


class Master:
    def __init__(self, address, masters, cluster):
        self.address, self.masters, self.cluster = address, masters, cluster
        self.identity = str(uuid.uuid4())
        self.agents = {}
        # As Mesos counts: a number is never given twice, for an agent that is gone is refused for good.
        self.numbers = itertools.count()
        self.gone = set()
        self.lock = threading.Lock()
        self.started = time.time()
        self.recovered = False
        self.client = zookeeper.connect(masters)
        data = {"address": {"hostname": address, "ip": address, "port": PORT}, "hostname": address,
                "id": self.identity, "pid": f"master@{address}:{PORT}", "port": PORT}
        self.client.ensure_path("/mesos/log_replicas")
        self.client.create("/mesos/log_replicas/", f"log-replica(1)@{address}:{PORT}".encode(),
                           ephemeral=True, sequence=True)
        self.client.ChildrenWatch("/mesos/log_replicas", self._replicas_changed)
        self.election = zookeeper.Election(self.client, "/mesos", "json.info_",
                                           json.dumps(data).encode())

    def _replicas_changed(self, children):
        """The registry counts as recovered once a majority of replicas has been seen together."""
        self.recovered = self.recovered or len(children) > len(self.masters) // 2

    def leader(self):
        """The leader's address, or None."""
        data = self.election.leader
        return json.loads(data)["hostname"] if data else None

    def leads(self):
        return self.election.elected and self.recovered

    def _current_agents(self):
        """The agents, with the silent ones marked and the lost ones removed."""
        now = time.monotonic()
        with self.lock:
            for name, agent in list(self.agents.items()):
                if now - agent["heard"] > REMOVE_SECONDS:
                    del self.agents[name]
                agent["active"] = now - agent["heard"] <= SILENT_SECONDS
            return sorted((dict(agent) for agent in self.agents.values()), key=lambda a: a["id"])

    def metrics(self, _):
        agents = self._current_agents() if self.leads() else []
        active = sum(agent["active"] for agent in agents)
        return web.json_answer({
            "master/elected": float(self.leads()),
            "master/slaves_active": float(active),
            "master/slaves_connected": float(active),
            "master/slaves_disconnected": float(len(agents) - active),
            "master/slaves_inactive": float(len(agents) - active),
            "master/uptime_secs": time.time() - self.started,
            "registrar/log/recovered": float(self.recovered),
        })

    def register(self, request):
        """POST of an agent: the first one and every heartbeat are the same."""
        said = request.json()
        with self.lock:
            if said.get("id") in self.gone:
                return web.Message(410, "Agent has been marked gone\n")
            name = said.get("id") or f"{self.identity}-S{next(self.numbers)}"
            if name not in self.agents:
                node.log(f"{'Re-registered' if said.get('id') else 'Registered'} agent {name} "
                         f"at slave(1)@{said['hostname']}:{said['port']}")
            since = self.agents.get(name, {}).get("registered_time", time.time())
            for other in [key for key, agent in self.agents.items()
                          if agent["hostname"] == said["hostname"] and key != name]:
                del self.agents[other]
            self.agents[name] = {
                "id": name, "hostname": said["hostname"], "port": said["port"],
                "pid": f"slave(1)@{said['hostname']}:{said['port']}", "active": True,
                "attributes": said["attributes"], "resources": said["resources"],
                "registered_time": since, "heard": time.monotonic(), "version": "stand-in",
            }
        return web.json_answer({"id": name})

    def forget(self, name):
        """An agent that is gone for good: its heartbeats are refused from now on."""
        with self.lock:
            if self.agents.pop(name, None) is None:
                return web.Message(404, f"Agent {name} not found\n")
            self.gone.add(name)
        node.log(f"Agent {name} is gone")
        return web.Message()

    def slaves(self, _):
        agents = self._current_agents()
        for agent in agents:
            del agent["heard"]
        return web.json_answer({"slaves": agents, "recovered_slaves": []})

    def summary(self, request):
        slaves = self.slaves(request).json()["slaves"]
        return web.json_answer({
            "hostname": self.address, "cluster": self.cluster, "id": self.identity,
            "pid": f"master@{self.address}:{PORT}", "leader": f"master@{self.address}:{PORT}",
            "slaves": slaves, "frameworks": []})

    def operator_call(self, request):
        """The operator API, as far as it says which master this is, and takes leave of agents."""
        call = request.json()
        kind = call.get("type")
        if kind in ("DRAIN_AGENT", "MARK_AGENT_GONE"):
            return self.forget(call[kind.lower()]["agent_id"]["value"])
        if kind != "GET_MASTER":
            return web.Message(501, f"the stand-in does not know {kind}\n")
        return web.json_answer({"type": "GET_MASTER", "get_master": {"master_info": {
            "id": self.identity, "hostname": self.address, "port": PORT,
            "pid": f"master@{self.address}:{PORT}", "version": "stand-in"}}})

    def redirect(self, request):
        """To the leader, which may be this one; 503 while there is none."""
        leader = self.leader()
        if leader is None:
            return web.Message(503, "No leader elected\n")
        path = "" if request.path.endswith("/redirect") else request.path
        return web.Message(307, headers={"location": f"//{leader}:{PORT}{path}"})

    def only_leader(self, function):
        return lambda request: function(request) if self.leads() else self.redirect(request)

    def handler(self):
        table = {
            "/metrics/snapshot": self.metrics,
            "/health": lambda _: web.Message(),
            "/version": lambda _: web.json_answer({"version": "stand-in"}),
            "/redirect": self.redirect,
            "/standin/agents": self.only_leader(self.register),
            "/slaves": self.only_leader(self.slaves),
            "/state-summary": self.only_leader(self.summary),
            "/state": self.only_leader(self.summary),
            "/api/v1": self.only_leader(self.operator_call),
        }
        return web.by_path(table | {f"/master{path}": call for path, call in table.items()})


def main():
    settings = node.settings()
    address = node.detect_ip()
    os.makedirs("/var/lib/dcos/mesos/master", exist_ok=True)
    master = Master(address, settings["masters"], settings["cluster_name"])
    web.serve_forever(master.handler(), PORT, address)
