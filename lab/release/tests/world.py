"""The tests' world: nodes made of kernel namespaces on one bridge, and a generated release."""

import functools
import json
import os
import shutil
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
RELEASE = os.path.dirname(HERE)
BOOTSTRAP = "10.1.1.8"
MASTERS = ["10.1.1.49", "10.1.1.50", "10.1.1.51"]
AGENT = "10.1.1.13"
CONFIG = """bootstrap_url: http://10.1.1.8:8080
cluster_name: dcos_gsi
exhibitor_storage_backend: static
master_discovery: static
master_list: [10.1.1.49, 10.1.1.50, 10.1.1.51]
resolvers: [10.1.1.1]
oauth_enabled: 'false'
telemetry_enabled: 'false'
check_time: false
"""
IP_DETECT = """#!/bin/sh
ip -4 -o address show dev eth0 | sed 's/.* inet //; s,/.*,,'
"""


def run(*command, **options):
    """The finished process, with both streams as text."""
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def wait_for(what, function, seconds=60):
    """The first true value of a function; AssertionError with the last one after the time."""
    end, value = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            value = function()
        except (OSError, ValueError, KeyError) as error:
            value, found = error, False
        else:
            found = bool(value)
        if found:
            return value
        time.sleep(0.5)
    raise AssertionError(f"{what}: not within {seconds} s, last seen: {value!r}")


@functools.cache
def installer(version="1.11.13"):
    """The path of the built dcos_generate_config.sh."""
    folder = tempfile.mkdtemp(dir="/var/tmp", prefix="dcosforge-installer.")
    built = run(f"{RELEASE}/build", f"{folder}/dcos_generate_config.sh", "--version", version)
    assert built.returncode == 0, built.stderr
    return f"{folder}/dcos_generate_config.sh"


class Bootstrap:
    """A folder in which dcos_generate_config.sh is run with the stub of docker."""

    def __init__(self, config=CONFIG, ip_detect=IP_DETECT, version="1.11.13"):
        self.folder = tempfile.mkdtemp(dir="/var/tmp", prefix="dcosforge-test.")
        self.version = version
        os.makedirs(f"{self.folder}/genconf")
        os.makedirs(f"{self.folder}/stubs")
        shutil.copy(f"{HERE}/docker_stub.sh", f"{self.folder}/stubs/docker")
        for name, text in (("config.yaml", config), ("ip-detect", ip_detect)):
            if text is not None:
                with open(f"{self.folder}/genconf/{name}", "w", encoding="utf-8") as file:
                    file.write(text)

    def environment(self, **extra):
        return dict(os.environ, PATH=f"{self.folder}/stubs:{os.environ['PATH']}",
                    DOCKER_STATE=f"{self.folder}/docker", **extra)

    def generate(self, *arguments, **extra):
        return run("bash", installer(self.version), *arguments, cwd=self.folder,
                   env=self.environment(**extra))

    def remove(self):
        shutil.rmtree(self.folder)


NODE_SCRIPT = """
set -o errexit
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
for folder in etc opt var/lib; do
  mkdir -p "$1/$folder" "$1/work/$folder"
  mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$1/$folder,workdir=$1/work/$folder" "/$folder"
done
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
rm -rf /opt/mesosphere /etc/mesosphere
groupadd --force docker
mkdir -p /run/log/journal
cp "$2" /run/systemctl
mount --bind /run/systemctl /usr/bin/systemctl
ip link set lo up
echo ready
exec sleep infinity
"""


class Node:
    """One machine: own network, processes and copies of /etc, /opt and /var/lib."""

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.folder = tempfile.mkdtemp(dir=bootstrap.folder, prefix="node.")
        self.spawned = []
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
             "bash", "-c", NODE_SCRIPT, "bash", self.folder, f"{HERE}/minisystemd.py"],
            stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "ready\n"
        with open(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children", encoding="ascii") as file:
            self.pid = file.read().strip()

    def enter(self, *command):
        return ["nsenter", "--target", self.pid, "--net", "--mount", "--pid", *command]

    def run(self, *command, **extra):
        return run(*self.enter(*command), env=self.bootstrap.environment(**extra), cwd="/")

    def spawn(self, *command):
        """A process in the background; it dies with the node."""
        process = subprocess.Popen(self.enter(*command), env=self.bootstrap.environment(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        self.spawned.append(process)

    def install(self, *arguments, **extra):
        script = f"{self.bootstrap.folder}/genconf/serve/dcos_install.sh"
        return self.run("bash", script, *arguments, **extra)

    def get(self, url):
        """The body of an HTTP answer as seen from this node; OSError for anything but 2xx."""
        answer = self.run("curl", "--fail", "--silent", "--show-error", "--max-time", "5", url)
        if answer.returncode:
            raise OSError(answer.stderr.strip())
        return answer.stdout

    def get_json(self, url):
        return json.loads(self.get(url))

    def processes(self, word):
        """The ids, outside the node, of its processes whose command line holds a word."""
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    command = file.read().replace(b"\0", b" ").decode()
                same = os.readlink(f"/proc/{entry}/ns/pid") == os.readlink(f"/proc/{self.pid}/ns/pid")
            except OSError:
                continue
            if same and word in command and "minisystemd" not in command and "systemctl" not in command:
                found.append(int(entry))
        return found

    def log(self, unit):
        return self.run("cat", f"/run/minisystemd/{unit}.out").stdout

    def stop(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()
        for process in self.spawned:
            process.wait()


class Lan:
    """A bridge in a namespace of its own, with the bootstrap's web server at 10.1.1.8:8080."""

    def __init__(self, bootstrap):
        self.hub = Node(bootstrap)
        self.nodes = [self.hub]
        self.on_hub("ip", "link", "add", "lan", "type", "bridge")
        self.on_hub("ip", "link", "set", "lan", "up")
        self.on_hub("ip", "address", "add", f"{BOOTSTRAP}/24", "dev", "lan")
        self.hub.spawn("python3", "-m", "http.server", "8080", "--directory",
                       f"{bootstrap.folder}/genconf/serve")
        wait_for("the web server", lambda: self.hub.get(f"http://{BOOTSTRAP}:8080/bootstrap.latest"))

    def on_hub(self, *command):
        done = self.hub.run(*command)
        assert done.returncode == 0, (command, done.stderr)

    def add(self, address):
        node = Node(self.hub.bootstrap)
        self.nodes.append(node)
        port = f"p{len(self.nodes)}"
        # The hub has its own process ids, so the far end moves by a step outside of it.
        done = run("nsenter", "--target", self.hub.pid, "--net", "ip", "link", "add", "name", port,
                   "type", "veth", "peer", "name", "eth0", "netns", node.pid)
        assert done.returncode == 0, done.stderr
        self.on_hub("ip", "link", "set", port, "master", "lan", "up")
        for command in (f"ip address add {address}/24 dev eth0", "ip link set eth0 up"):
            done = node.run(*command.split())
            assert done.returncode == 0, done.stderr
        return node

    def stop(self):
        for node in self.nodes:
            node.stop()
