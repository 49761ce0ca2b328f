"""Services of which the lab needs no more than that they answer: one process for each."""

from . import node, web


def _json(value):
    return lambda _: web.json_answer(value)


def _pong(_):
    return web.Message(200, "pong")


SERVICES = {
    "metronome": (9000, "", {"/v1/jobs": _json([]), "/ping": _pong}),
    "cosmos": (7070, "127.0.0.1", {"/capabilities": _json({"capabilities": [
        {"name": "PACKAGE_MANAGEMENT"}, {"name": "SUPPORT_CLUSTER_REPORT"}]})}),
    "history": (15055, "127.0.0.1", {"/ping": _pong}),
    "oauth": (8101, "127.0.0.1", {"/acs/api/v1/groups": _json({"array": []}),
                                  "/acs/api/v1/users": _json({"array": []})}),
    "metrics": (61091, "", {"/ping": _json({"ok": True})}),
}


def main(name):
    port, address, table = SERVICES[name]
    node.log(f"{name} answers on port {port}")
    web.serve_forever(web.by_path(table), port, address)
