"""Just enough of the DNS wire format: one question, address records, no compression to write."""

import os
import socket
import struct
import threading

A_RECORD, NAME_ERROR, SERVER_FAILURE = 1, 3, 2
TIMEOUT_SECONDS = 3


def question(query):
    """(name in lower case, type, end of the question) of a query; ValueError when it is none."""
    labels, position = [], 12
    try:
        while size := query[position]:
            if size > 63:
                raise ValueError("compressed name in a question")
            labels.append(query[position + 1:position + 1 + size].decode("ascii").lower())
            position += 1 + size
        kind, _ = struct.unpack_from(">HH", query, position + 1)
    except (IndexError, struct.error) as error:
        raise ValueError("short query") from error
    return ".".join(labels), kind, position + 5


def reply(query, addresses=(), code=0):
    """The answer to a query with these IPv4 addresses, or with an error code."""
    _, kind, end = question(query)
    records = [address for address in addresses if kind == A_RECORD]
    flags = 0x8580 | code  # an answer, authoritative, recursion wanted and available
    head = query[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0)
    body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", A_RECORD, 1, 5, 4) + socket.inet_aton(address)
                    for address in records)
    return head + query[12:end] + body


def forward(query, servers):
    """The first answer of these (address, port) pairs, or a server failure."""
    for server in servers:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.settimeout(TIMEOUT_SECONDS)
            try:
                channel.connect(server)
                channel.send(query)
                return channel.recv(65536)
            except OSError:
                continue
    return reply(query, code=SERVER_FAILURE)


def addresses(answer, query):
    """The IPv4 addresses in an answer."""
    count, = struct.unpack_from(">H", answer, 6)
    position, found = question(query)[2], []
    for _ in range(count):
        while answer[position] and answer[position] < 0xC0:
            position += 1 + answer[position]
        position += 2 if answer[position] >= 0xC0 else 1
        kind, _, _, size = struct.unpack_from(">HHIH", answer, position)
        position += 10 + size
        if kind == A_RECORD:
            found.append(socket.inet_ntoa(answer[position - size:position]))
    return found


def lookup(name, server, port=53):
    """The addresses of a name as one server gives them; empty when it does not."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    query = os.urandom(2) + struct.pack(">HHHHH", 0x0100, 1, 0, 0, 0) + labels + b"\0"
    query += struct.pack(">HH", A_RECORD, 1)
    answer = forward(query, [(server, port)])
    return addresses(answer, query) if answer[:2] == query[:2] else []


def _answer_datagram(channel, resolve, query, peer):
    try:
        channel.sendto(resolve(query), peer)
    except (OSError, ValueError):
        pass  # not a query, or the asker has gone


def _answer_stream(connection, resolve):
    with connection:
        try:
            connection.settimeout(TIMEOUT_SECONDS)
            stream = connection.makefile("rwb")
            size, = struct.unpack(">H", stream.read(2))
            answer = resolve(stream.read(size))
            stream.write(struct.pack(">H", len(answer)) + answer)
            stream.flush()
        except (OSError, ValueError, struct.error):
            pass


def serve(address, port, resolve):
    """Answers UDP and TCP on an address in the background; resolve makes a reply from a query."""
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind((address, port))
    streams = socket.socket()
    streams.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    streams.bind((address, port))
    streams.listen(16)

    def read_datagrams():
        while True:
            query, peer = datagrams.recvfrom(4096)
            threading.Thread(target=_answer_datagram, args=(datagrams, resolve, query, peer),
                             daemon=True).start()

    def accept_streams():
        while True:
            connection, _ = streams.accept()
            threading.Thread(target=_answer_stream, args=(connection, resolve), daemon=True).start()

    for loop in (read_datagrams, accept_streams):
        threading.Thread(target=loop, daemon=True).start()
