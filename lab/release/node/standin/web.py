"""A small HTTP server and client: http.server and http.client cost four times as long to import,
which a node on emulated hardware pays for each of its programs."""

import json
import os
import socket
import threading

LIMIT = 1 << 20  # bytes of a request or an answer
REASONS = {200: "OK", 201: "Created", 204: "No Content", 307: "Temporary Redirect", 400: "Bad Request",
           401: "Unauthorized", 404: "Not Found", 500: "Internal Server Error", 502: "Bad Gateway",
           503: "Service Unavailable"}


class Message:
    """A request (method, path) or an answer (status), with headers in lower case and a body."""

    def __init__(self, status=200, body=b"", kind="text/plain", headers=None, method="", path=""):
        self.status, self.method, self.path = status, method, path
        self.body = body.encode() if isinstance(body, str) else body
        self.headers = {"content-type": kind} | (headers or {})

    def json(self):
        return json.loads(self.body)


def json_answer(value, status=200):
    return Message(status, json.dumps(value), "application/json")


NOT_FOUND = Message(404, "not found\n")


def by_path(table):
    """A handler that looks the path up in {path: function of the request, without its query}."""
    def handler(request):
        function = table.get(request.path.partition("?")[0])
        return function(request) if function else NOT_FOUND
    return handler


def read_message(stream):
    """The first line's three words, headers and body of one message; None at the end of the stream."""
    first = stream.readline(8192).decode("latin-1").split(None, 2)
    if len(first) < 2:
        return None
    headers = {}
    while line := stream.readline(8192).decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    size = headers.get("content-length")
    # Without a length an answer ends with the connection; a request then has no body.
    if size is None:
        body = stream.read(LIMIT) if first[0].startswith("HTTP/") else b""
    else:
        body = stream.read(min(int(size), LIMIT))
    return first, headers, body


def answer_one(connection, handler):
    with connection:
        try:
            connection.settimeout(20)
            parsed = read_message(connection.makefile("rb"))
            if parsed is None:
                return
            (method, path, *_), headers, body = parsed
            try:
                answer = handler(Message(method=method, path=path, headers=headers, body=body))
            except Exception as error:  # a fault of one request must not end the program
                print(f"{method} {path}: {error!r}", flush=True)
                answer = Message(500, f"{error!r}\n")
            head = f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Unknown')}\r\n"
            fields = answer.headers | {"content-length": len(answer.body), "connection": "close"}
            head += "".join(f"{name.title()}: {value}\r\n" for name, value in fields.items())
            body = b"" if method == "HEAD" else answer.body
            connection.sendall(head.encode("latin-1") + b"\r\n" + body)
        except (OSError, ValueError):
            pass  # the other side went away or spoke no HTTP


def listen(address, port):
    """A listening socket; '' is every address."""
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(64)
    return server


def accept_forever(server, handler, wrap=None):
    """Answers each connection in a thread; the program ends when it can no longer accept."""
    def answer(connection):
        try:
            secured = wrap(connection) if wrap else connection
        except OSError:
            connection.close()
            return
        answer_one(secured, handler)

    try:
        while True:
            connection, _ = server.accept()
            threading.Thread(target=answer, args=(connection,), daemon=True).start()
    except OSError as error:
        print(f"accept: {error}", flush=True)
        os._exit(1)


def serve(handler, port, address="", wrap=None):
    """Listens now and answers in the background."""
    server = listen(address, port)
    threading.Thread(target=accept_forever, args=(server, handler, wrap), daemon=True).start()


def serve_forever(handler, port, address=""):
    accept_forever(listen(address, port), handler)


def request(host, port, path, method="GET", value=None, timeout=3):
    """The answer of a server as a Message; OSError when it cannot be reached or does not answer."""
    body = b"" if value is None else json.dumps(value).encode()
    head = (f"{method} {path} HTTP/1.0\r\nHost: {host}:{port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
    with socket.create_connection((host, port), timeout) as connection:
        connection.sendall(head.encode() + body)
        parsed = read_message(connection.makefile("rb"))
    if parsed is None:
        raise OSError(f"{host}:{port} closed the connection")
    (_, status, *_), headers, answer = parsed
    return Message(int(status), answer, headers=headers)
