#!/usr/bin/python3
"""A `systemctl` for the tests' nodes, which have no systemd: runs the units that dcos_install.sh and
pkgpanda write, with their waits and restarts, and answers `show` from what it did."""

import json
import os
import shlex
import subprocess
import sys
import time

UNITS, STATE = "/etc/systemd/system", "/run/minisystemd"
RESTART_SECONDS, TIMER_SECONDS = 1, 10


def note(text):
    with open(f"{STATE}/log", "a", encoding="utf-8") as file:
        file.write(text + "\n")


def entries(unit):
    """The (key, value) lines of a unit file."""
    with open(f"{UNITS}/{unit}", encoding="utf-8") as file:
        return [tuple(line.strip().split("=", 1)) for line in file if "=" in line]


def environment(lines):
    found = dict(os.environ)
    for key, value in lines:
        if key == "EnvironmentFile":
            with open(value, encoding="utf-8") as file:
                found |= dict(line.strip().split("=", 1) for line in file if "=" in line)
    return found


def spawn(unit, command, lines):
    with open(f"{STATE}/{unit}.out", "ab") as output:
        return subprocess.Popen(shlex.split(command), env=environment(lines), stdin=subprocess.DEVNULL,
                                stdout=output, stderr=output)


def save(unit, **state):
    with open(f"{STATE}/{unit}.json.new", "w", encoding="ascii") as file:
        json.dump(state, file)
    os.replace(f"{STATE}/{unit}.json.new", f"{STATE}/{unit}.json")


def run_steps(unit, lines, keys):
    """Runs the steps in order; False at the first that fails and is not marked with a minus."""
    for key in keys:
        for command in (value for name, value in lines if name == key):
            if spawn(unit, command.removeprefix("-"), lines).wait() and not command.startswith("-"):
                note(f"failed {unit}: {command}")
                return False
    return True


def start_once(unit):
    """A oneshot unit, after what it requires."""
    lines = entries(unit)
    if not all(start_once(value) for key, value in lines if key == "Requires"):
        return False
    for key, value in lines:  # conditions are evaluated after the required units have run
        if key == "ConditionPathExists" and os.path.exists(value.lstrip("!")) == value.startswith("!"):
            return True
    good = run_steps(unit, lines, ("ExecStartPre", "ExecStart", "ExecStartPost"))
    save(unit, ActiveState="inactive" if good else "failed", Type="oneshot",
         ExecMainStatus="0" if good else "1")
    return good


def supervise(unit):
    """A service for ever, as Restart=always has it."""
    lines = entries(unit)
    oneshot = ("Type", "oneshot") in lines
    active = "0"
    while True:
        save(unit, ActiveState="activating", SubState="start-pre", ActiveEnterTimestampMonotonic=active)
        if run_steps(unit, lines, ("ExecStartPre",)):
            process = spawn(unit, dict(lines)["ExecStart"], lines)
            active = active if oneshot else str(time.monotonic_ns() // 1000)
            save(unit, ActiveState="active", SubState="running", Pid=process.pid,
                 ActiveEnterTimestampMonotonic=active)
            code = process.wait()
            note(f"ended {unit}: {code}")
            if oneshot and (code == 0 or ("Restart", "on-failure") not in lines):
                save(unit, ActiveState="inactive" if code == 0 else "failed", Type="oneshot",
                     ExecMainStatus=str(code))
                return
        save(unit, ActiveState="activating", SubState="auto-restart",
             ActiveEnterTimestampMonotonic=active)
        time.sleep(RESTART_SECONDS)


def keep_time(unit):
    """A timer's service again and again, faster than the timer would."""
    while True:
        time.sleep(TIMER_SECONDS)
        start_once(unit)


def detach(*arguments):
    subprocess.Popen([sys.executable, __file__, *arguments], start_new_session=True,
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def show(names, keys):
    for name in names:
        state = {"Id": name, "Description": "", "LoadState": "loaded", "ActiveState": "active",
                 "SubState": "waiting", "ExecMainStatus": "0", "ActiveEnterTimestampMonotonic": "0"}
        if os.path.exists(f"{STATE}/{name}.json"):
            with open(f"{STATE}/{name}.json", encoding="ascii") as file:
                state |= json.load(file)
        print("\n".join(f"{key}={value}" for key, value in state.items() if key in keys), end="\n\n")


def main(arguments):
    os.makedirs(STATE, exist_ok=True)
    words = [word for word in arguments if not word.startswith("-")]
    verb, names = (words[0] if words else "version"), words[1:]
    if verb != "show":
        note(" ".join(["systemctl", *arguments]))
    if verb == "supervise":
        supervise(names[0])
    elif verb == "time":
        keep_time(names[0])
    elif verb == "once":
        start_once(names[0])
    elif verb == "show":
        keys = next(word for word in arguments if word.startswith("--property=")).partition("=")[2]
        show(names, keys.split(","))
    elif verb == "version":
        print("systemd 252 (252-test)")
    elif verb == "start" and names == ["dcos.target"]:
        for unit in sorted(os.listdir(f"{UNITS}/dcos.target.wants")):
            if unit.endswith(".service"):
                detach("supervise", unit)
            elif unit.endswith(".timer"):
                detach("time", unit.replace(".timer", ".service"))
    elif verb == "start":
        unit = names[0] if names[0].endswith(".service") else f"{names[0]}.service"
        if "--no-block" in arguments:
            detach("once", unit)
        elif not start_once(unit):
            print(f"Job for {unit} failed.", file=sys.stderr)
            sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
