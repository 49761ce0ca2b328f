"""The program in the installer image: flags, messages and exit codes of DC/OS's own."""

import argparse
import json
import os
import sys

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), "/usr/lib/python3/dist-packages"]

import config  # noqa: E402
import release  # noqa: E402

CONFIG = "genconf/config.yaml"
# Modes that exist up to 1.13 and would deploy by SSH or serve pages: not part of the stand-in.
SSH_MODES = ("set-superuser-password", "preflight", "install-prereqs", "deploy", "postflight")


def log(text, colour="32"):
    """The real one forces colours on, whether or not anyone looks."""
    print(f"\x1b[{colour}m{text}\x1b[0m", file=sys.stderr, flush=True)


def header(text):
    log(f"====> {text}", "1;34")


def parse_arguments(version):
    parser = argparse.ArgumentParser(prog="dcos_generate_config.sh")
    parser.add_argument("-v", "--verbose", action="store_true", help="Verbose log output (DEBUG).")
    parser.add_argument("-p", "--port", type=int, default=9000, help=argparse.SUPPRESS)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--hash-password", metavar="PASSWORD", nargs="?", const="",
                      help="Hash a password and print it to copy into a config.yaml.")
    mode.add_argument("--generate-node-upgrade-script", metavar="INSTALLED_VERSION",
                      help="Generate a script that upgrades DC/OS nodes.")
    flags = {"genconf": "Execute the configuration generation (default).",
             "version": "Print the DC/OS version.",
             "aws-cloudformation": "Generate AWS CloudFormation templates.",
             "web": "Run the web interface."}
    if release.has_ssh_installer(version):
        flags["validate-config"] = "Validate the configuration for executing --genconf and deploy."
        flags |= {name: argparse.SUPPRESS for name in SSH_MODES}
        parser.add_argument("--offline", action="store_true", help=argparse.SUPPRESS)
        parser.add_argument("--cli-telemetry-disabled", action="store_true", help=argparse.SUPPRESS)
    for name, text in flags.items():
        mode.add_argument(f"--{name}", dest="mode", action="store_const", const=name, help=text)
    return parser.parse_args()


def hash_password(password):
    import warnings

    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt

    header("HASHING PASSWORD TO SHA512")
    print(crypt.crypt(password or input(), crypt.mksalt(crypt.METHOD_SHA512)))
    return 0


def read_valid(version, with_ssh=False):
    """The accepted parameters, or None after the messages."""
    try:
        parameters = config.load(CONFIG)
    except config.Rejected as error:
        log(str(error), "31")
        return None
    errors = config.validate(parameters, version)
    if with_ssh:
        errors = config.validate_ssh(parameters, version) | errors
        if errors:
            log("Validation of configuration parameters failed:", "31")
    for name, message in sorted(errors.items()):
        log(f"{name}: {message}", "31")
    return None if errors else parameters


def generate(version, upgrade_from=None):
    header("EXECUTING CONFIGURATION GENERATION")
    log("Generating configuration files...")
    parameters = read_valid(version)
    if parameters is None:
        return 1
    import render

    render.write_tree(parameters, version, "genconf")
    if upgrade_from:
        path = render.write_upgrade_script("genconf", upgrade_from)
        print(f"Node upgrade script URL: {parameters['bootstrap_url']}/{path}")
    return 0


def main():
    with open("/artifacts/version", encoding="ascii") as file:
        version = release.parse(file.read().strip())
    arguments = parse_arguments(version)
    if arguments.hash_password is not None:
        return hash_password(arguments.hash_password)
    if arguments.generate_node_upgrade_script:
        return generate(version, arguments.generate_node_upgrade_script)
    if arguments.mode in (None, "genconf"):
        return generate(version)
    if arguments.mode == "version":
        print(json.dumps({"variant": "", "version": release.text(version)}, indent=2, sort_keys=True))
        return 0
    if arguments.mode == "validate-config":
        header("VALIDATING CONFIGURATION")
        return 0 if read_valid(version, with_ssh=True) is not None else 1
    if arguments.mode == "web" and version[:2] > (1, 11):
        log("The web interface was removed.", "31")
        return 1
    log(f"--{arguments.mode} is not part of this stand-in release.", "31")
    return 1


if __name__ == "__main__":
    sys.exit(main())
