"""What the bootstrap of dcos-signal does: the cluster's identity from ZooKeeper into a file."""

import uuid

from . import node, zookeeper


def main():
    client = zookeeper.connect(node.settings()["masters"], exit_when_lost=False)
    from kazoo.exceptions import NodeExistsError  # only after connect has made kazoo importable

    try:
        client.create("/cluster-id", str(uuid.uuid4()).encode())
    except NodeExistsError:
        pass  # another master was first
    node.write("/var/lib/dcos/cluster-id", client.get("/cluster-id")[0].decode())
    client.stop()
