"""`pkgpanda setup`: fetches the packages of the cluster's list, activates them, starts dcos.target."""

import grp
import json
import os
import shutil
import subprocess

from . import node

HOME = "/opt/mesosphere"
UNITS = "/etc/systemd/system"
LINKED = ("bin", "etc")
SERVICE_USERS = ("adminrouter", "cosmos", "diagnostics", "exhibitor", "history", "log", "marathon",
                 "mesos_dns", "metrics", "metronome", "net", "oauth", "signal")
TARGET = "[Unit]\nDescription=DC/OS (stand-in)\n[Install]\nWantedBy=multi-user.target\n"


def flag(name):
    with open(f"/etc/mesosphere/setup-flags/{name}", encoding="ascii") as file:
        return file.read().strip()


def download(pairs):
    """[(url, file)] through one curl, so that one connection serves them all."""
    command = ["/usr/bin/curl", "--fail", "--fail-early", "--silent", "--show-error", "--location",
               "--retry", "20", "--create-dirs"]
    for url, file in pairs:
        command += ["--output", file, url]
    subprocess.run(command, check=True)


def fetch_packages(repository, list_id):
    """The ids of the list, each unpacked under /opt/mesosphere/packages."""
    work = f"{HOME}/.fetch"
    shutil.rmtree(work, ignore_errors=True)
    download([(f"{repository}/package_lists/{list_id}.package_list.json", f"{work}/list")])
    with open(f"{work}/list", encoding="ascii") as file:
        ids = json.load(file)
    missing = [name for name in ids if not os.path.isdir(f"{HOME}/packages/{name}")]
    if missing:
        download([(f"{repository}/packages/{name.partition('--')[0]}/{name}.tar.xz",
                   f"{work}/{name}.tar.xz") for name in missing])
    for name in missing:
        unpack(f"{work}/{name}.tar.xz", f"{HOME}/packages/{name}")
    shutil.rmtree(work)
    return ids


def unpack(archive, folder):
    import tarfile

    with tarfile.open(archive) as file:
        file.extractall(folder + ".new")
    os.rename(folder + ".new", folder)


def activate(ids):
    """/opt/mesosphere/active, and links to what the packages bring to bin and etc."""
    active = f"{HOME}/active"
    shutil.rmtree(active, ignore_errors=True)
    for name in ids:
        package = f"{HOME}/packages/{name}"
        for folder in LINKED:
            for entry in entries(f"{package}/{folder}"):
                link(f"{package}/{folder}/{entry}", f"{HOME}/{folder}/{entry}")
        link(package, f"{active}.new/{name.partition('--')[0]}")
    os.rename(f"{active}.new", active)


def entries(folder):
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def link(target, name):
    os.makedirs(os.path.dirname(name), exist_ok=True)
    if os.path.lexists(name):
        os.remove(name)
    os.symlink(target, name)


def check_groups(version):
    for name in ("systemd-journal", *(("docker",) if version.startswith("1.11.") else ())):
        try:
            grp.getgrnam(name)
        except KeyError:
            node.fail(f"group {name} does not exist but is required")


def add_users():
    """System users of the services; all at once, because each useradd costs a second when emulated."""
    lines = "".join(f'u dcos_{name} - "DC/OS {name}"\n' for name in SERVICE_USERS)
    subprocess.run(["systemd-sysusers", "-"], input=lines, text=True, check=True)


def write_units(ids, role):
    """Copies of the role's units beside dcos.target, with links in dcos.target.wants."""
    wants = f"{UNITS}/dcos.target.wants"
    os.makedirs(wants, exist_ok=True)
    for name in ids:
        for folder in ("dcos.target.wants", f"dcos.target.wants_{role}"):
            source = f"{HOME}/packages/{name}/{folder}"
            for unit in entries(source):
                shutil.copyfile(f"{source}/{unit}", f"{UNITS}/{unit}")
                link(f"{UNITS}/{unit}", f"{wants}/{unit}")
    node.write(f"{UNITS}/dcos.target", TARGET)


def main(*arguments):
    if arguments[:1] != ("setup",):
        node.fail("usage: pkgpanda setup")
    role = node.role()
    ids = fetch_packages(flag("repository-url"), flag("cluster-package-list"))
    activate(ids)
    check_groups(node.settings()["version"])
    add_users()
    write_units(ids, role)
    # enable also makes systemd read the new units.
    for command in (["enable", "dcos.target"], ["start", "--no-block", "dcos.target"]):
        subprocess.run(["systemctl", *command], check=True)
    os.remove(f"{HOME}/bootstrap")
    node.log("DC/OS (stand-in) is set up")
