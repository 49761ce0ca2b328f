"""ZooKeeper from a client's side: four-letter words, and elections through kazoo."""

import os
import socket
import sys
import threading

PORT = 2181
SESSION_SECONDS = 15


def four_letters(host, word, timeout=3):
    """The server's answer to a word such as srvr, read to the end; OSError if it cannot be asked."""
    with socket.create_connection((host, PORT), timeout) as connection:
        connection.sendall(word.encode())
        chunks = []
        while chunk := connection.recv(65536):
            chunks.append(chunk)
    return b"".join(chunks).decode("utf-8", "replace")


def mode(answer):
    """leader, follower or standalone from an answer to srvr; None when it does not serve."""
    for line in answer.splitlines():
        if line.startswith("Mode: "):
            return line[6:]
    return None


def connect(masters, exit_when_lost=True):
    """A connected kazoo client. Without ZooKeeper for as long as a session lasts the program ends, as a
    leader that cannot know whether it still leads must; systemd starts it again."""
    sys.path.append("/usr/lib/python3/dist-packages")
    from kazoo.client import KazooClient, KazooState

    def leave():
        print("ZooKeeper session lost, exiting", file=sys.stderr, flush=True)
        os._exit(1)

    timer = None

    def changed(state):
        nonlocal timer
        if timer is not None:
            timer.cancel()
        if state == KazooState.LOST:
            leave()
        if state == KazooState.SUSPENDED:  # LOST comes only from a server, and none may be left
            timer = threading.Timer(SESSION_SECONDS, leave)
            timer.daemon = True
            timer.start()

    client = KazooClient(",".join(f"{host}:{PORT}" for host in masters), timeout=SESSION_SECONDS)
    client.start(timeout=30)
    if exit_when_lost:
        client.add_listener(changed)
    return client


class Election:
    """A seat in an election as Mesos holds it: ephemeral nodes in sequence, the lowest one leads."""

    def __init__(self, client, directory, prefix, data=None):
        self.leader = None  # data of the leading node, bytes
        self.elected = False
        self._lock = threading.Lock()
        self._client, self._directory, self._prefix = client, directory, prefix
        self._own = None
        client.ensure_path(directory)
        if data is not None:
            created = client.create(f"{directory}/{prefix}", data, ephemeral=True, sequence=True)
            self._own = created.rpartition("/")[2]
        client.ChildrenWatch(directory, self._changed)

    def _changed(self, children):
        from kazoo.exceptions import NoNodeError

        names = sorted(name for name in children if name.startswith(self._prefix))
        leader = None
        if names:
            try:
                leader, _ = self._client.get(f"{self._directory}/{names[0]}")
            except NoNodeError:
                return  # gone meanwhile: the watch fires again
        with self._lock:
            if leader != self.leader:
                print(f"{self._directory}: leader is now {leader!r}", file=sys.stderr, flush=True)
            self.leader = leader
            self.elected = bool(names) and names[0] == self._own
