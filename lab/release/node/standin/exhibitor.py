"""dcos-exhibitor: keeps a real ZooKeeper running and reports the state of the ensemble on port 8181."""

import glob
import os
import subprocess
import threading
import time

from . import node, web, zookeeper

PORT = 8181
POLL_SECONDS = 4
RESTART_SECONDS = 5
HOME = "/var/lib/dcos/exhibitor"
LATENT, DOWN, NOT_SERVING, SERVING = range(4)
WORDS = {LATENT: "latent", DOWN: "down", NOT_SERVING: "not serving", SERVING: "serving"}
# The lab's guest image has a launcher with an archive of loaded classes, which halves the start.
LAUNCHER = "/usr/libexec/lab-zookeeper"
JARS = ("zookeeper", "zookeeper-jute", "slf4j-api", "slf4j-simple", "metrics-core", "snappy-java",
        "commons-cli", "commons-io", "netty-common", "netty-handler", "netty-transport", "netty-buffer")

PAGE = """<!doctype html><title>Exhibitor for ZooKeeper (stand-in)</title>
<h1>Exhibitor for ZooKeeper</h1><p>Stand-in of a lab; not Exhibitor.</p><pre id="s"></pre><script>
fetch("../cluster/status").then(r => r.json()).then(v => s.textContent = JSON.stringify(v, null, 1))
</script>
"""


def server_ids(masters):
    """ZooKeeper's ids: the master list sorted as text, from 1."""
    return {host: number for number, host in enumerate(sorted(masters), 1)}


def write_zookeeper_files(masters, address):
    ids = server_ids(masters)
    lines = [
        "tickTime=2000", "initLimit=20", "syncLimit=10", "maxClientCnxns=0", "autopurge.purgeInterval=1",
        f"dataDir={HOME}/zookeeper/snapshot",
        f"dataLogDir={HOME}/zookeeper/transactions",
        f"clientPort={zookeeper.PORT}", "4lw.commands.whitelist=*", "admin.enableServer=false",
    ]
    if len(ids) > 1:
        lines += [f"server.{number}={host}:2888:3888" for host, number in ids.items()]
    node.write(f"{HOME}/conf/zoo.cfg", "\n".join(lines) + "\n")
    node.write(f"{HOME}/zookeeper/snapshot/myid", f"{ids[address]}\n")
    os.makedirs(f"{HOME}/zookeeper/transactions", exist_ok=True)


def zookeeper_command():
    """ZooKeeper's server in the foreground: a small heap, simple compilation, quorum events as log."""
    log = "org.slf4j.simpleLogger"
    options = ["-XX:-UsePerfData", "-Xmx64m", "-Xss256k", f"-D{log}.showDateTime=true",
               f"-D{log}.dateTimeFormat=HH:mm:ss", f"-D{log}.defaultLogLevel=warn",
               f"-D{log}.log.org.apache.zookeeper.server.quorum=info",
               f"-D{log}.log.org.apache.zookeeper.server.NIOServerCnxn=off",
               f"-D{log}.log.org.apache.zookeeper.server.quorum.LearnerSessionTracker=warn",
               "-Dzookeeper.jmx.log4j.disable=true"]
    configuration = f"{HOME}/conf/zoo.cfg"
    if os.path.exists(LAUNCHER):
        return [LAUNCHER, *options, configuration]
    found = sorted(glob.glob("/usr/lib/jvm/java-17-*/bin/java"))
    if not found:
        node.fail("no Java 17 under /usr/lib/jvm: openjdk-17-jre-headless is missing")
    jars = ":".join(f"/usr/share/java/{name}.jar" for name in JARS)
    return [found[0], "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", *options,
            "-cp", jars, "org.apache.zookeeper.server.quorum.QuorumPeerMain", configuration]


def keep_zookeeper():
    """Starts ZooKeeper again whenever it ends, as Exhibitor does."""
    while True:
        process = subprocess.Popen(zookeeper_command())
        node.write(f"{HOME}/zk.pid", f"{process.pid}\n")
        node.log(f"ZooKeeper started, process {process.pid}")
        code = process.wait()
        node.log(f"ZooKeeper ended with {code}, starting it again in {RESTART_SECONDS} s")
        time.sleep(RESTART_SECONDS)


def ask(host):
    """(state, is leader) of a server, by asking it; a lone one counts as leader."""
    try:
        mode = zookeeper.mode(zookeeper.four_letters(host, "srvr"))
    except OSError:
        return DOWN, False
    return (SERVING, mode in ("leader", "standalone")) if mode else (NOT_SERVING, False)


class Ensemble:
    """The last known state of every configured server."""

    def __init__(self, masters, address):
        self.address = address
        self.states = {host: (LATENT, False) for host in masters}
        self.switches = 0

    def _poll(self, host):
        while True:
            seen = ask(host)
            if seen != self.states[host]:
                self.switches += host == self.address
                node.log(f"{host}: {WORDS[seen[0]]}{', leader' if seen[1] else ''}")
                self.states[host] = seen
            time.sleep(POLL_SECONDS)

    def watch(self):
        """One thread per server: a host that does not answer must not delay the others."""
        for host in self.states:
            threading.Thread(target=self._poll, args=(host,), daemon=True).start()

    def status(self, _):
        return web.json_answer([
            {"code": code, "description": WORDS[code], "hostname": host, "isLeader": leader}
            for host, (code, leader) in self.states.items()])

    def state(self, _):
        code, leader = self.states[self.address]
        return web.json_answer({"response": {
            "switches": {"restarts": True, "cleanup": True, "backups": False},
            "state": code, "description": WORDS[code], "isLeader": leader}})

    def list(self, _):
        return web.json_answer({"servers": list(self.states), "port": zookeeper.PORT})

    def handle(self, request):
        base, _, word = request.path.partition("?")[0].rpartition("/4ltr/")
        if base == "/exhibitor/v1/cluster":
            try:
                return web.json_answer(zookeeper.four_letters(self.address, word[:4]))
            except OSError as error:
                return web.json_answer(str(error))
        return web.by_path({
            "/exhibitor/v1/cluster/status": self.status,
            "/exhibitor/v1/cluster/state": self.state,
            "/exhibitor/v1/cluster/list": self.list,
            "/exhibitor/v1/ui/index.html": lambda _: web.Message(200, PAGE, "text/html"),
        })(request)


def main():
    settings = node.settings()
    address = node.detect_ip()
    if address not in settings["masters"]:
        node.fail(f"{address} is not in the configured list of masters {settings['masters']}")
    write_zookeeper_files(settings["masters"], address)
    ensemble = Ensemble(settings["masters"], address)
    ensemble.watch()
    web.serve(ensemble.handle, PORT)
    keep_zookeeper()
