"""The table of releases and the build."""

import hashlib
import os
import sys
import tempfile
import unittest

import world

sys.path.insert(0, world.RELEASE)

import release  # noqa: E402
import units  # noqa: E402


def unit_names(version, role):
    return {unit for unit, roles in release.units(release.parse(version)) if role in roles}


class Tables(unittest.TestCase):
    def test_only_known_versions(self):
        self.assertEqual(release.parse("1.11.13"), (1, 11, 13))
        for text in ("1.10.0", "1.11.14", "2.3.0", "1.11", "latest", ""):
            with self.assertRaises(ValueError, msg=text):
                release.parse(text)

    def test_ports_by_release(self):
        def ports(version, role="master"):
            return {port for port, _ in release.ports(release.parse(version), role)}
        self.assertEqual(len(ports("1.11.2")), 23)
        self.assertEqual(ports("1.11.2", "slave"), {53, 5051, 61001, 61091, 61420, 62080, 62501})
        self.assertEqual(ports("1.11.2") - ports("1.12.0"), {61420})
        self.assertEqual(ports("2.0.0") - ports("1.12.0"), {62020})
        self.assertEqual(ports("2.1.0") - ports("2.0.0"), {179, 2379, 2380, 62091, 64000})
        self.assertEqual(ports("2.0.0") - ports("2.1.0"), {15055})
        self.assertIn((8101, "dcos-bouncer"), release.ports((2, 1, 0), "master"))

    def test_checks_by_release(self):
        def checks(version):
            return release.preflight_checks(release.parse(version))
        for version, check, present in (
                ("1.11.10", "check_docker_running", False), ("1.11.11", "check_docker_running", True),
                ("1.12.2", "check_docker_running", False), ("1.13.0", "check_docker_running", True),
                ("1.11.11", "check_docker_version", False), ("1.11.12", "check_docker_version", True),
                ("1.13.3", "check_docker_version", False), ("2.0.0", "check_docker_version", True),
                ("1.11.11", "check_nogroup", True), ("1.11.12", "check_nogroup", False),
                ("1.13.5", "check_nogroup", True), ("2.0.0", "check_nogroup", False),
                ("1.11.2", "check_xfs_ftype", False), ("1.11.3", "check_xfs_ftype", True),
                ("1.12.0", "check_ifconfig", True), ("1.13.0", "check_ifconfig", False),
                ("1.12.5", "warn_kernel_modules", False), ("1.13.0", "warn_kernel_modules", True)):
            self.assertEqual(check in checks(version), present, (version, check))

    def test_units_by_release(self):
        master = unit_names("1.11.13", "master")
        self.assertLessEqual({"dcos-exhibitor.service", "dcos-oauth.service", "dcos-signal.timer"}, master)
        self.assertIn("dcos-mesos-slave.service", unit_names("1.11.13", "slave"))
        self.assertNotIn("dcos-mesos-slave.service", unit_names("1.11.13", "slave_public"))
        self.assertIn("dcos-mesos-slave-public.service", unit_names("1.11.13", "slave_public"))
        self.assertNotIn("dcos-signal.timer", unit_names("1.11.13", "slave"))
        self.assertIn("dcos-signal.timer", unit_names("1.11.12", "slave"))
        self.assertNotIn("dcos-oauth.service", unit_names("1.13.0", "master"))
        self.assertIn("dcos-etcd.service", unit_names("2.1.0", "master"))

    def test_quorum_rule(self):
        self.assertEqual(release.quorum_rule((2, 0, 6)), "all")
        self.assertEqual(release.quorum_rule((2, 1, 0)), "local")

    def test_every_unit_has_what_it_names(self):
        for (major, minor), patch in release.LAST_PATCH.items():
            version = (major, minor, patch)
            names = {unit for unit, _ in release.units(version)}
            for unit in names:
                text = units.unit_text(unit, version)
                if unit.endswith(".service"):
                    self.assertIn("ExecStart=", text, unit)
                else:
                    self.assertIn(f"{unit.rpartition('.')[0]}.service", names, unit)
            behind = units.services(version).keys() | units.oneshots(version).keys()
            known = {name for name, *_ in release.UNITS}
            self.assertLessEqual(behind, known)


class Build(unittest.TestCase):
    def test_same_bytes_and_small(self):
        first = world.installer()
        with tempfile.TemporaryDirectory() as cache:
            again = world.run(f"{world.RELEASE}/build", f"{cache}/out", env=dict(os.environ,
                                                                               XDG_CACHE_HOME=cache))
            self.assertEqual(again.returncode, 0, again.stderr)
            sums = []
            for path in (first, f"{cache}/out"):
                with open(path, "rb") as file:
                    sums.append(hashlib.sha256(file.read()).hexdigest())
            self.assertEqual(sums[0], sums[1])
        self.assertLess(os.path.getsize(first), 20 << 20)

    def test_unknown_version(self):
        done = world.run(f"{world.RELEASE}/build", "/dev/null", "--version", "3.0.0")
        self.assertEqual(done.returncode, 2)
        self.assertIn("unknown DC/OS version '3.0.0'", done.stderr)


if __name__ == "__main__":
    unittest.main()
