"""What every program needs to know about its node."""

import json
import os
import re
import subprocess
import sys

ROLES = ("master", "slave", "slave_public")


def settings():
    """The cluster's settings, from the dcos-config package."""
    with open("/opt/mesosphere/etc/standin.json", encoding="ascii") as file:
        return json.load(file)


def version_file():
    with open("/opt/mesosphere/etc/dcos-version.json", encoding="ascii") as file:
        return json.load(file)


def role():
    """The node's role, from the file that dcos_install.sh made."""
    for name in ROLES:
        if os.path.exists(f"/etc/mesosphere/roles/{name}"):
            return name
    fail("no role file in /etc/mesosphere/roles")


def detect_ip():
    """This node's address, or the end of the program when detect_ip prints anything else."""
    run = subprocess.run(["/opt/mesosphere/bin/detect_ip"], capture_output=True, text=True,
                         timeout=10, check=False)
    address = run.stdout.removesuffix("\n")
    if run.returncode or not re.fullmatch(r"(\d{1,3}\.){3}\d{1,3}", address):
        fail(f"detect_ip: {address!r} is not a valid IPv4 address")
    return address


def write(name, text):
    """Replaces a file as a whole; a reader never sees half of it."""
    os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(name + ".new", name)


def log(text):
    print(text, file=sys.stderr, flush=True)


def fail(text):
    log(text)
    sys.exit(1)
