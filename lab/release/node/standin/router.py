"""dcos-adminrouter: one door on port 80 (and 443) of a master, on 61001 of an agent."""

import os
import subprocess
import threading

from . import dns, mesos_master, net, node, web

OPEN_PATHS = ("/dcos-metadata/", "/exhibitor/", "/login", "/pkgpanda/active.buildinfo.full.json")
LEADER = None  # in the table of upstreams: wherever leader.mesos is

# path prefix: (host, port, prefix there); the longest prefix decides
MASTER_UPSTREAMS = {
    "/exhibitor/": ("127.0.0.1", 8181, "/"),
    "/mesos/": (LEADER, mesos_master.PORT, "/"),
    "/mesos_dns/": ("127.0.0.1", 8123, "/"),
    "/marathon/": ("127.0.0.1", 8080, "/"),
    "/service/marathon/": ("127.0.0.1", 8080, "/"),
    "/service/metronome/": ("127.0.0.1", 9000, "/"),
    "/system/health/v1": ("127.0.0.1", 1050, "/system/health/v1"),
    "/dcos-history-service/": ("127.0.0.1", 15055, "/"),
    "/acs/api/v1/": ("127.0.0.1", 8101, "/acs/api/v1/"),
    "/capabilities": ("127.0.0.1", 7070, "/capabilities"),
}
AGENT_UPSTREAMS = {"/system/health/v1": ("127.0.0.1", 1050, "/system/health/v1")}

PAGE = """<!doctype html><title>DC/OS (stand-in)</title><h1>DC/OS dashboard</h1>
<p>Stand-in of a lab; not DC/OS.</p><ul><li><a href="exhibitor/exhibitor/v1/ui/index.html">Exhibitor</a>
<li><a href="mesos/state-summary">Mesos</a><li><a href="marathon/v2/info">Marathon</a>
<li><a href="system/health/v1/nodes">Nodes</a></ul>
"""


class Router:
    def __init__(self, address, auth, upstreams):
        self.address, self.auth, self.upstreams = address, auth, upstreams

    def metadata(self, _):
        answer = {"PUBLIC_IPV4": self.address}
        try:
            with open("/var/lib/dcos/cluster-id", encoding="ascii") as file:
                answer["CLUSTER_ID"] = file.read().strip()
        except FileNotFoundError:
            pass  # a cluster without an identity yet
        return web.json_answer(answer)

    def forward(self, request):
        prefix = max((prefix for prefix in self.upstreams if request.path.startswith(prefix)),
                     key=len, default=None)
        if prefix is None:
            return web.NOT_FOUND
        host, port, base = self.upstreams[prefix]
        if host is LEADER:
            found = dns.lookup("leader.mesos", net.ADDRESSES[0])
            if not found:
                return web.Message(503, "leader.mesos is unknown\n")
            host = found[0]
        try:
            answer = web.request(host, port, base + request.path[len(prefix):], request.method,
                                 timeout=15)
        except OSError as error:
            return web.Message(502, f"{host}:{port}: {error}\n")
        kept = {name: value for name, value in answer.headers.items()
                if name in ("content-type", "location")}
        return web.Message(answer.status, answer.body, headers=kept)

    def handle(self, request):
        path = request.path.partition("?")[0]
        if self.auth and path != "/" and not path.startswith(OPEN_PATHS):
            return web.Message(401, "Unauthorized\n", headers={"www-authenticate": "oauthjwt"})
        own = {
            "/": lambda _: web.Message(200, PAGE, "text/html"),
            "/dcos-metadata/dcos-version.json": lambda _: web.json_answer(node.version_file()),
            "/metadata": self.metadata,
        }
        return own[path](request) if path in own else self.forward(request)


class Tls:
    """A self-signed certificate for 443, made when the first client comes."""

    def __init__(self):
        self.lock, self.context = threading.Lock(), None

    def __call__(self, connection):
        connection.settimeout(20)
        with self.lock:
            if self.context is None:
                self.context = self._load()
        return self.context.wrap_socket(connection, server_side=True)

    @staticmethod
    def _load():
        import ssl

        key, certificate = "/run/dcos/pki/router.key", "/run/dcos/pki/router.crt"
        os.makedirs(os.path.dirname(key), mode=0o700, exist_ok=True)
        if not os.path.exists(certificate):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                            "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650", "-subj",
                            "/CN=dcos-stand-in", "-keyout", key, "-out", certificate],
                           check=True, stderr=subprocess.DEVNULL)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context


def main():
    settings = node.settings()
    router = Router(node.detect_ip(), settings["auth"], MASTER_UPSTREAMS)
    web.serve(router.handle, 443, wrap=Tls())
    web.serve_forever(router.handle, 80)


def agent_main():
    router = Router(node.detect_ip(), False, AGENT_UPSTREAMS)
    web.serve_forever(router.handle, 61001)
