"""dcos-marathon: elects its leader through ZooKeeper and says so on port 8080; it runs nothing."""

from . import node, web, zookeeper

PORT = 8080


def main():
    settings = node.settings()
    address = node.detect_ip()
    client = zookeeper.connect(settings["masters"])
    election = zookeeper.Election(client, "/marathon/leader-curator", "latch-",
                                  f"{address}:{PORT}".encode())

    def leader(_):
        if election.leader is None:
            return web.json_answer({"message": "There is no leader"}, 404)
        return web.json_answer({"leader": election.leader.decode()})

    def info(_):
        if election.leader is None:
            return web.json_answer({"message": "Could not determine the current leader"}, 503)
        hosts = ",".join(f"zk-{n}.zk:2181" for n in range(1, 6))
        return web.json_answer({
            "name": "marathon", "version": "stand-in", "elected": election.elected,
            "leader": election.leader.decode(), "frameworkId": "stand-in-0000",
            "http_config": {"http_port": PORT, "https_port": 8443},
            "marathon_config": {"master": f"zk://{hosts}/mesos", "hostname": address, "ha": True},
            "zookeeper_config": {"zk": f"zk://{hosts}/marathon"}})

    nothing = {"/v2/apps": "apps", "/v2/deployments": None, "/v2/groups": "apps"}
    empty = {path: (lambda _, key=key: web.json_answer({key: []} if key else []))
             for path, key in nothing.items()}
    web.serve_forever(web.by_path({
        "/ping": lambda _: web.Message(200, "pong"), "/v2/leader": leader, "/v2/info": info, **empty,
    }), PORT)
