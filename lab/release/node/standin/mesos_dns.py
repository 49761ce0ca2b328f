"""dcos-mesos-dns: names of the masters, the leader and Marathon, as these report them."""

import threading
import time

from . import dns, marathon, mesos_master, net, node, web

PORT = 8123
POLL_SECONDS = 4


def mesos_leader(master):
    """The leader's address as a master's /redirect gives it, or None."""
    try:
        answer = web.request(master, mesos_master.PORT, "/redirect", timeout=2)
    except OSError:
        return None
    return answer.headers.get("location", "").removeprefix("//").partition(":")[0] or None


def marathon_leader(master):
    try:
        answer = web.request(master, marathon.PORT, "/v2/leader", timeout=2)
        return answer.json().get("leader", "").partition(":")[0] or None
    except (OSError, ValueError):
        return None


class Records:
    def __init__(self, address, masters):
        self.ask_first = [address] + [master for master in masters if master != address]
        self.masters = masters
        self.leader = self.marathon = None

    def poll(self):
        """Follows both leaders through any master that answers."""
        while True:
            self.leader = next(filter(None, map(mesos_leader, self.ask_first)), None)
            self.marathon = next(filter(None, map(marathon_leader, self.ask_first)), None)
            time.sleep(POLL_SECONDS)

    def addresses(self, name):
        return list(filter(None, {
            "leader.mesos": [self.leader], "marathon.mesos": [self.marathon],
            "master.mesos": self.masters,
            **{f"master{n}.mesos": [host] for n, host in enumerate(self.masters)},
        }.get(name, [])))

    def resolve(self, query):
        name, _, _ = dns.question(query)
        found = self.addresses(name)
        return dns.reply(query, found) if found else dns.reply(query, code=dns.NAME_ERROR)

    def handle(self, request):
        prefix, _, name = request.path.rpartition("/v1/hosts/")
        if name and not prefix:
            found = self.addresses(name.rstrip(".")) or [""]
            return web.json_answer([{"host": f"{name.rstrip('.')}.", "ip": ip} for ip in found])
        return web.by_path({
            "/v1/version": lambda _: web.json_answer(
                {"Service": "Mesos-DNS", "Version": "stand-in", "URL": "https://github.com/mesosphere/mesos-dns"}),
            "/v1/config": lambda _: web.json_answer(
                {"Domain": "mesos", "Masters": [f"{host}:5050" for host in self.masters], "DNSOn": True}),
        })(request)


def main():
    settings = node.settings()
    address = node.detect_ip()
    records = Records(address, settings["masters"])
    threading.Thread(target=records.poll, daemon=True).start()
    dns.serve("", net.MESOS_DNS_PORT, records.resolve)
    web.serve_forever(records.handle, PORT)
