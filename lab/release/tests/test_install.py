"""dcos_install.sh on a node: arguments, preflight with planted failures, and what it leaves."""

import os
import unittest

import world

LISTEN = """import socket, sys, time
sockets = []
for port in map(int, sys.argv[1:]):
    sockets.append(socket.create_server(("", port)))
print("ready", flush=True)
time.sleep(600)
"""


class Install(unittest.TestCase):
    version = "1.11.13"

    @classmethod
    def setUpClass(cls):
        cls.bootstrap = world.Bootstrap(version=cls.version)
        done = cls.bootstrap.generate()
        assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.bootstrap.remove()

    def setUp(self):
        self.node = world.Node(self.bootstrap)
        self.addCleanup(self.node.stop)

    def occupy(self, *ports):
        self.node.spawn("python3", "-c", LISTEN, *map(str, ports))
        world.wait_for("the listeners", lambda: all(
            f":{port} " in self.node.run("ss", "-Hlnt").stdout for port in ports))

    def failures(self, done):
        return [line for line in done.stdout.splitlines() if "FAIL" in line]


class Arguments(Install):
    def test_usage(self):
        for arguments, text in (((), "Atleast one role name must be specified"), (("--help",), "Usage:"),
                                (("--wrong",), ""), (("-d", "-p", "master"), "can not be specified")):
            done = self.node.install(*arguments)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn(text, done.stdout)

    def test_needs_root(self):
        script = f"{self.bootstrap.folder}/genconf/serve/dcos_install.sh"
        self.node.run("cp", script, "/run/install.sh")
        done = self.node.run("setpriv", "--reuid=nobody", "bash", "/run/install.sh", "master")
        self.assertEqual((done.returncode, done.stderr), (1, "This script must be run as root\n"))

    def test_two_roles_always_fail(self):
        done = self.node.install("-p", "slave", "slave_public")
        self.assertEqual(done.returncode, 1)
        self.assertIn("FAIL Invalid role slave slave_public", done.stdout)

    def test_unknown_terminal_ends_it(self):
        done = self.node.run("script", "-qec", f"TERM=nothing bash {self.bootstrap.folder}/genconf/serve/"
                             "dcos_install.sh -p master", "/dev/null")
        self.assertIn(done.returncode, (2, 3))
        self.assertNotIn("Running preflight", done.stdout)


class Preflight(Install):
    def test_clean_node_passes_and_stays_clean(self):
        done = self.node.install("--preflight-only", "master")
        self.assertEqual((done.returncode, self.failures(done)), (0, []))
        lines = done.stdout.splitlines()
        self.assertEqual(lines[:3], ["Running preflight checks",
                                     "Checking if DC/OS is already installed: PASS (Not installed)",
                                     "PASS Is SELinux disabled?"])
        self.assertIn("Checking docker version requirement (>= 1.6): PASS (20.10.24)", lines)
        self.assertIn("Checking if port 15055 (required by dcos-history) is in use: PASS ", lines)
        self.assertEqual(lines[-1], "Checking Docker is configured with a production storage driver: "
                         "PASS (overlay2)")
        self.assertFalse(os.path.exists(f"{self.node.folder}/etc/mesosphere"))
        self.assertEqual(self.node.run("test", "-e", "/etc/mesosphere").returncode, 1)

    def test_busy_ports_are_counted_where_the_real_script_sees_them(self):
        self.occupy(53, 80, 9990, 8080, 5050, 443)
        done = self.node.install("-p", "master")
        self.assertEqual(done.returncode, 3)
        self.assertEqual(self.failures(done), [
            f"Checking if port {port} is in use: FAIL " for port in
            ("53 (required by dcos-net)", "80 (required by adminrouter)", "9990 (required by cosmos)")])
        # The defect: hex with letters is never found.
        self.assertIn("Checking if port 8080 (required by marathon) is in use: PASS ", done.stdout)
        agent = self.node.install("-p", "slave")
        self.assertEqual(agent.returncode, 1)
        self.assertNotIn("port 80 ", agent.stdout)

    def test_missing_programs(self):
        self.node.run("bash", "-c", "mkdir /opt/path && ln -s /usr/bin/* /usr/sbin/* /opt/path/; "
                      "rm /opt/path/ipset /opt/path/unzip")
        done = self.node.run("bash", "-c", 'PATH=${PATH%%:*}:/opt/path exec bash "$0" -p slave',
                             f"{self.bootstrap.folder}/genconf/serve/dcos_install.sh")
        self.assertEqual(done.returncode, 2)
        self.assertIn("Checking if ipset is installed and in PATH: FAIL ", done.stdout)
        self.assertIn("Checking if port 62501", done.stdout)  # it went on

    def test_failed_preflight_ends_the_installation(self):
        self.occupy(53, 2181)
        done = self.node.install("master")
        self.assertEqual(done.returncode, 2)
        self.assertIn("Preflight checks failed. Exiting installation", done.stdout)
        self.assertEqual(self.node.run("test", "-e", "/etc/mesosphere").returncode, 1)

    def test_installed_before_is_fatal(self):
        self.node.run("mkdir", "-p", "/opt/mesosphere/bin")
        done = self.node.install("-p", "master")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Checking if DC/OS is already installed: FAIL (Currently installed)", done.stdout)
        self.assertNotIn("SELinux", done.stdout)
        self.node.run("rm", "-r", "/opt/mesosphere/bin")  # an empty folder does no harm
        self.assertEqual(self.node.install("-p", "master").returncode, 0)

    def test_loop_device_storage_is_fatal(self):
        done = self.node.install("-p", "slave", DOCKER_DRIVER="devicemapper", DOCKER_DATA_FILE="/dev/loop0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("storage driver: FAIL (devicemapper, /dev/loop0)", done.stdout)

    def test_docker_down_ends_the_checks(self):
        done = self.node.install("-p", "master", DOCKER_DOWN="1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Checking if Docker is running: FAIL", done.stdout)
        self.assertIn("unbound variable", done.stderr)
        self.assertNotIn("curl", done.stdout)

    def test_enforcing_selinux(self):
        self.node.run("bash", "-c", "printf '#!/bin/sh\\necho Enforcing\\n' >/opt/getenforce; "
                      "chmod +x /opt/getenforce")
        done = self.node.run("bash", "-c", 'PATH=/opt:$PATH exec bash "$0" -p master',
                             f"{self.bootstrap.folder}/genconf/serve/dcos_install.sh")
        self.assertEqual(done.returncode, 1)
        self.assertIn("FAIL Is SELinux disabled?", done.stdout)


class OldPreflight(Install):
    version = "1.11.2"

    def test_docker_is_too_new_and_nogroup_is_wanted(self):
        done = self.node.run("bash", "-c", "getent() { return 2; }; export -f getent; exec bash \"$0\" -p master",
                             f"{self.bootstrap.folder}/genconf/serve/dcos_install.sh")
        self.assertEqual(self.failures(done), [
            "Checking docker version requirement (>= 1.6): FAIL (0.19.0)",
            "Checking if group 'nogroup' exists: FAIL "])
        self.assertEqual(done.returncode, 2)
        self.assertNotIn("Docker is running", done.stdout)

    def test_docker_down(self):
        done = self.node.install("-p", "master", DOCKER_DOWN="1")
        self.assertIn("Checking docker version requirement (>= 1.6): FAIL (0)", done.stdout)
        self.assertIn("production storage driver: PASS ()", done.stdout)


del Install  # only its children are tests
if __name__ == "__main__":
    unittest.main()
