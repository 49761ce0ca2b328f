"""Writes genconf/serve: the installer script, the bootstrap archive and the packages."""

import hashlib
import json
import os
import shlex
import shutil
import uuid

import archive
import release

ARTIFACTS = "/artifacts"
HERE = os.path.dirname(os.path.abspath(__file__))


def sha1(text):
    return hashlib.sha1(text.encode()).hexdigest()


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, mode)


def as_json(value):
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def write_package(path, files):
    """A package of {name: (text, mode)}."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(archive.tar_xz({name: (text.encode(), mode)
                                   for name, (text, mode) in files.items()}))


def expanded(parameters, version):
    """Every value the generated files hold, with the defaults this release would put in."""
    with open(parameters.get("ip_detect_filename", "genconf/ip-detect"), encoding="utf-8") as file:
        ip_detect = file.read()
    defaults = {
        "bootstrap_tmp_dir": "tmp", "check_time": "true", "oauth_enabled": "true",
        "mesos_agent_work_dir": "/var/lib/mesos/slave", "resolvers": '["8.8.8.8", "8.8.4.4"]',
        "dcos_version": release.text(version), "ip_detect_contents": ip_detect, "master_list": "[]",
        "dns_search": "",
    }
    return defaults | parameters


def node_settings(values, version):
    """What the stand-in programs on a node read: etc/standin.json."""
    masters = sorted(json.loads(values["master_list"]))
    return {
        "version": release.text(version),
        "cluster_name": values["cluster_name"],
        "masters": masters,
        "resolvers": json.loads(values["resolvers"]),
        "search": values["dns_search"],
        "check_time": values["check_time"] == "true",
        "auth": values.get("adminrouter_auth_enabled", values["oauth_enabled"]) == "true",
        "quorum": release.quorum_rule(version),
    }


def write_config_package(serve, values, version, digest):
    """dcos-config: the parameters, detect_ip and what the programs of a node read."""
    name = f"dcos-config--setup_{digest}"
    settings = node_settings(values, version)
    write_package(f"{serve}/packages/dcos-config/{name}.tar.xz", {
        "bin/detect_ip": (values["ip_detect_contents"], 0o755),
        "etc/standin.json": (as_json(settings), 0o644),
        "etc/gate.env": (gate_environment(settings), 0o644),
        "etc/expanded.config.full.json": (as_json(values), 0o600),
        "etc/user.config.full.yaml": (as_json(values), 0o600),
        "pkginfo.json": ("{}\n", 0o644),
    })
    return name


def gate_environment(settings):
    """The same for the quorum gate, which is a shell script to start quickly."""
    return (f"quorum={settings['quorum']}\nmasters=({' '.join(settings['masters'])})\n")


def write_metadata_package(serve, version, digest):
    name = f"dcos-metadata--setup_{digest}"
    with open(f"{ARTIFACTS}/commit", encoding="ascii") as file:
        commit = file.read().strip()
    with open(f"{ARTIFACTS}/bootstrap.latest", encoding="ascii") as file:
        bootstrap = file.read().strip()
    about = {"version": release.text(version), "dcos-image-commit": commit,
             "bootstrap-id": bootstrap, "dcos-variant": "open"}
    write_package(f"{serve}/packages/dcos-metadata/{name}.tar.xz", {
        "etc/dcos-version.json": (as_json(about), 0o644),
        "pkginfo.json": ("{}\n", 0o644),
    })
    return name


def install_script(values, version, package_list, bootstrap):
    """dcos_install.sh with this cluster's URL and this release's checks."""
    def port_words(role):
        return " ".join(f'"{port} {name}"' for port, name in release.ports(version, role))

    with open(f"{HERE}/dcos_install.sh.in", encoding="ascii") as file:
        script = file.read()
    for mark, value in {
        "VERSION": release.text(version),
        "PREFLIGHT": "\n".join(f"  {name}" for name in release.preflight_checks(version)),
        "MASTER_PORTS": port_words(release.MASTER),
        "AGENT_PORTS": port_words(release.AGENT),
        "AGENT_WORK_DIR": values["mesos_agent_work_dir"],
        "REFUSE_BOTH": str(int(release.has_ssh_installer(version))),
        "BOOTSTRAP_URL": values["bootstrap_url"],
        "PACKAGE_LIST": package_list,
        "BOOTSTRAP_ID": bootstrap,
        "TMP": values["bootstrap_tmp_dir"].strip("/"),
    }.items():
        script = script.replace(f"@{mark}@", value)
    return script


def copy_artifacts(serve, bootstrap, package_ids):
    """The bootstrap archive and every component's package; what is there already stays."""
    names = [f"bootstrap/{bootstrap}.bootstrap.tar.xz", f"bootstrap/{bootstrap}.active.json"]
    names += [f"packages/{name.partition('--')[0]}/{name}.tar.xz" for name in package_ids]
    for name in names:
        target = f"{serve}/{name}"
        if not os.path.exists(target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(f"{ARTIFACTS}/{name}", target)


def write_tree(parameters, version, root):
    """All files of genconf/serve and genconf/cluster_packages.json, from accepted parameters."""
    print("Generating Bash configuration files for DC/OS", flush=True)
    serve = f"{root}/serve"
    with open(f"{ARTIFACTS}/bootstrap.latest", encoding="ascii") as file:
        bootstrap = file.read().strip()
    with open(f"{ARTIFACTS}/packages.json", encoding="ascii") as file:
        components = json.load(file)
    values = expanded(parameters, version)
    if "\n" in values["bootstrap_url"] or "\n" in values["cluster_name"]:
        raise ValueError("cannot render a value with a line end")
    digest = sha1(as_json(values | {"bootstrap_id": bootstrap}))
    config_id = write_config_package(serve, values, version, digest)
    metadata_id = write_metadata_package(serve, version, digest)
    copy_artifacts(serve, bootstrap, components)
    package_ids = sorted(components + [config_id, metadata_id])
    package_list = sha1(as_json(package_ids))
    info = {}
    for name in (config_id, metadata_id):
        short = name.partition("--")[0]
        info[short] = {"filename": f"packages/{short}/{name}.tar.xz", "id": name}
        print(f"Package filename: {info[short]['filename']}", flush=True)
    write(f"{serve}/package_lists/{package_list}.package_list.json", as_json(package_ids))
    write(f"{serve}/cluster-package-list.latest", package_list + "\n")
    write(f"{serve}/cluster-package-info.json", as_json(info))
    write(f"{root}/cluster_packages.json", as_json(info))
    write(f"{serve}/bootstrap.latest", bootstrap + "\n")
    write(f"{serve}/dcos_install.sh", install_script(values, version, package_list, bootstrap))


def write_upgrade_script(root, installed):
    """upgrade/<id>/dcos_node_upgrade.sh, relative to serve; it only says what it is."""
    path = f"upgrade/{uuid.uuid4().hex}/dcos_node_upgrade.sh"
    text = f"Upgrading from {installed} is not part of this stand-in release."
    write(f"{root}/serve/{path}", f"#!/bin/bash\necho {shlex.quote(text)} >&2\nexit 1\n")
    return path
