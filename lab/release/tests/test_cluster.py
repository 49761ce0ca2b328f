"""Three masters and an agent, each in its own namespaces, with real ZooKeeper: install, quorum, failover."""

import json
import os
import signal
import unittest

import world

ELECTED = "master/elected"


class Cluster(unittest.TestCase):
    """The tests run in the order of their names: the later ones need what the earlier ones built."""

    @classmethod
    def setUpClass(cls):
        cls.bootstrap = world.Bootstrap()
        done = cls.bootstrap.generate()
        assert done.returncode == 0, done.stderr
        cls.lan = world.Lan(cls.bootstrap)
        cls.masters = {address: cls.lan.add(address) for address in world.MASTERS}
        cls.agent = cls.lan.add(world.AGENT)

    @classmethod
    def tearDownClass(cls):
        cls.lan.stop()
        cls.bootstrap.remove()

    def metric(self, node, address, name, port=5050):
        return node.get_json(f"http://{address}:{port}/metrics/snapshot")[name]

    def elected(self):
        """Addresses of the masters that say they lead."""
        found = []
        for address, node in self.masters.items():
            try:
                found += [address] if self.metric(node, address, ELECTED) == 1 else []
            except OSError:
                pass
        return found

    def one_leader(self, not_this=None):
        leaders = self.elected()
        return leaders[0] if len(leaders) == 1 and leaders[0] != not_this else None

    def exhibitor(self, node):
        return node.get_json("http://127.0.0.1:8181/exhibitor/v1/cluster/status")

    def test_1_two_of_three_masters_do_not_go_on(self):
        for address in world.MASTERS[:2]:
            done = self.masters[address].install("master")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(done.stdout.splitlines()[-4:], [
                "Creating directories under /etc/mesosphere", "Creating role file for master",
                "Configuring DC/OS", "Setting and starting DC/OS"])
        first = self.masters[world.MASTERS[0]]
        codes = world.wait_for("two serving", lambda: (lambda seen: seen if seen == [3, 3, 1] else None)(
            [one["code"] for one in self.exhibitor(first)]))
        self.assertEqual(codes, [3, 3, 1])
        world.wait_for("the gate to say so", lambda: "Expected 3 servers and 1 leader, got 2 servers"
                       in first.log("dcos-net.service"))
        self.assertNotIn("DNS answers", first.log("dcos-net.service"))

    def test_2_third_master_completes_the_ensemble(self):
        self.assertEqual(self.masters[world.MASTERS[2]].install("master").returncode, 0)
        for node in self.masters.values():
            status = world.wait_for("all serving", lambda node=node: [
                seen for seen in [self.exhibitor(node)] if all(one["code"] == 3 for one in seen)])[0]
            self.assertEqual([one["hostname"] for one in status], world.MASTERS)
            self.assertEqual(sum(one["isLeader"] for one in status), 1)
            word = node.get_json("http://127.0.0.1:8181/exhibitor/v1/cluster/4ltr/ruok")
            self.assertEqual(word, "imok")

    def test_3_masters_become_ready(self):
        leader = world.wait_for("one elected master", self.one_leader, 120)
        for address, node in self.masters.items():
            self.assertEqual(self.metric(node, address, "registrar/log/recovered"), 1)
            version = world.wait_for("admin router", lambda node=node: node.get_json(
                "http://127.0.0.1/dcos-metadata/dcos-version.json"), 120)
            self.assertEqual(version["version"], "1.11.13")
            for path in ("/exhibitor/exhibitor/v1/cluster/status", "/mesos/state-summary", "/capabilities",
                         "/marathon/v2/info", "/service/metronome/v1/jobs", "/acs/api/v1/groups"):
                world.wait_for(path, lambda node=node, path=path: node.get(f"http://127.0.0.1{path}"))
            self.assertEqual(node.get("http://127.0.0.1/dcos-history-service/ping"), "pong")
            self.assertEqual(node.get("http://127.0.0.1:8080/ping"), "pong")
            named = node.get_json("http://127.0.0.1:8123/v1/hosts/leader.mesos")
            self.assertEqual(named[0]["ip"], leader)
            self.assertEqual(node.run("getent", "ahostsv4", "zk-2.zk").stdout.split()[0], world.MASTERS[1])
        identities = {node.get_json("http://127.0.0.1/metadata")["CLUSTER_ID"] for node in
                      self.masters.values()}
        self.assertEqual(len(identities), 1)
        other = next(address for address in world.MASTERS if address != leader)
        moved = self.masters[other].run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}",
                                        f"http://{other}:5050/master/slaves").stdout
        self.assertEqual(moved, f"307 http://{leader}:5050/master/slaves")
        answer = self.masters[other].run(
            "curl", "-sL", "-d", '{"type":"GET_MASTER"}', f"http://{other}:5050/master/api/v1").stdout
        self.assertEqual(json.loads(answer)["get_master"]["master_info"]["hostname"], leader)
        tls = self.masters[leader].run("curl", "-sk", "https://127.0.0.1/dcos-metadata/dcos-version.json")
        self.assertIn("1.11.13", tls.stdout)

    def test_4_agent_registers(self):
        done = self.agent.install("slave")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        world.wait_for("registration", lambda: self.metric(
            self.agent, world.AGENT, "slave/registered", 5051) == 1, 120)
        leader = self.one_leader()
        listed = self.masters[leader].get_json(f"http://{leader}:5050/master/slaves")["slaves"]
        self.assertEqual([(one["hostname"], one["active"]) for one in listed], [(world.AGENT, True)])
        world.wait_for("the agent's router", lambda: self.agent.get_json(
            f"http://{world.AGENT}:61001/system/health/v1")["node_role"] == "agent")

    def test_5_all_nodes_become_healthy_and_finish_their_setup(self):
        first = self.masters[world.MASTERS[0]]
        nodes = world.wait_for("health", lambda: (lambda seen: seen if len(seen) == 4 and not any(
            one["health"] for one in seen) else None)(first.get_json(
                "http://127.0.0.1/system/health/v1/nodes")["nodes"]), 120)
        self.assertEqual({one["host_ip"]: one["role"] for one in nodes},
                         {**dict.fromkeys(world.MASTERS, "master"), world.AGENT: "agent"})
        for node in (*self.masters.values(), self.agent):
            self.assertEqual(node.run("test", "-e", "/opt/mesosphere/active").returncode, 0)
            self.assertEqual(node.run("test", "-e", "/opt/mesosphere/bootstrap").returncode, 1)
            self.assertEqual(node.run("test", "-L", "/etc/profile.d/dcos.sh").returncode, 0)
            done = node.run("/opt/mesosphere/bin/dcos-shell", "dcos-diagnostics", "check", "node-poststart")
            verdict = json.loads(done.stdout)
            self.assertEqual((done.returncode, verdict["status"]), (0, 0), verdict)
            self.assertIn("ip_detect_script", verdict["checks"])

    def test_6_a_dead_unit_shows(self):
        first = self.masters[world.MASTERS[0]]
        marathon, = first.processes("standin marathon")
        os.kill(marathon, signal.SIGSTOP)
        try:
            with self.assertRaises(OSError):
                first.get("http://127.0.0.1:8080/ping")
        finally:
            os.kill(marathon, signal.SIGCONT)
        world.wait_for("Marathon to answer again", lambda: first.get("http://127.0.0.1:8080/ping"))

    def test_7_leader_dies_and_another_one_leads(self):
        leader = self.one_leader()
        self.masters[leader].stop()
        following = world.wait_for("another leader", lambda: self.one_leader(not_this=leader), 90)
        node = self.masters[following]
        world.wait_for("the agent at the new leader", lambda: [
            one["hostname"] for one in node.get_json(f"http://{following}:5050/master/slaves")["slaves"]
            if one["active"]] == [world.AGENT], 60)
        self.assertEqual(self.metric(self.agent, world.AGENT, "slave/registered", 5051), 1)
        status = world.wait_for("one server down", lambda: [
            seen for seen in [self.exhibitor(node)]
            if {one["hostname"]: one["code"] for one in seen}[leader] == 1])[0]
        self.assertEqual(sum(one["isLeader"] for one in status), 1)

    def test_8_without_a_majority_nobody_serves(self):
        leader = self.one_leader()  # it must find out that it leads no longer
        other, = (address for address in world.MASTERS
                  if self.masters[address].holder.poll() is None and address != leader)
        self.masters[other].stop()
        last = self.masters[leader]
        world.wait_for("no quorum", lambda: [one["code"] for one in self.exhibitor(last)
                                             if one["hostname"] == leader] == [2])
        answer = last.run("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/2181; echo -n srvr >&3; cat <&3").stdout
        self.assertIn("This ZooKeeper instance is not currently serving requests", answer)
        world.wait_for("nobody elected", lambda: not self.elected())


if __name__ == "__main__":
    unittest.main()
