"""dcos_generate_config.sh: flags, messages, exit codes, and the files it writes."""

import glob
import json
import os
import unittest

import world


class Genconf(unittest.TestCase):
    def bootstrap(self, *arguments, **options):
        made = world.Bootstrap(*arguments, **options)
        self.addCleanup(made.remove)
        return made

    def rejected(self, config, message, version="1.11.13"):
        made = self.bootstrap(config, version=version)
        done = made.generate()
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(message, done.stderr)
        self.assertFalse(os.path.exists(f"{made.folder}/genconf/serve"))
        return done.stderr

    def test_writes_the_tree(self):
        made = self.bootstrap()
        done = made.generate()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Generating Bash configuration files for DC/OS", done.stdout)
        self.assertIn("Package filename: packages/dcos-config/dcos-config--setup_", done.stdout)
        self.assertIn("\x1b[", done.stderr)  # colours, though nobody looks
        serve = f"{made.folder}/genconf/serve"
        with open(f"{serve}/bootstrap.latest", encoding="ascii") as file:
            bootstrap = file.read().strip()
        with open(f"{serve}/cluster-package-list.latest", encoding="ascii") as file:
            listing = file.read().strip()
        with open(f"{serve}/package_lists/{listing}.package_list.json", encoding="ascii") as file:
            packages = json.load(file)
        for name in ("dcos_install.sh", f"bootstrap/{bootstrap}.bootstrap.tar.xz",
                     f"bootstrap/{bootstrap}.active.json", "cluster-package-info.json",
                     *(f"packages/{name.partition('--')[0]}/{name}.tar.xz" for name in packages)):
            self.assertTrue(os.path.isfile(f"{serve}/{name}"), name)
        with open(f"{serve}/dcos_install.sh", encoding="ascii") as file:
            self.assertIn(f"http://10.1.1.8:8080/bootstrap/{bootstrap}.bootstrap.tar.xz", file.read())
        archives = glob.glob(f"{made.folder}/dcos-genconf.*-*.tar")
        self.assertEqual([len(os.path.basename(name)) for name in archives], [len("dcos-genconf.-.tar") + 36])
        self.assertFalse(os.path.exists(f"{serve}/upgrade"))

    def test_installer_script_is_clean_shell(self):
        for version in ("1.11.2", "2.1.2"):
            made = self.bootstrap(version=version)
            self.assertEqual(made.generate().returncode, 0)
            checked = world.run("shellcheck", f"{made.folder}/genconf/serve/dcos_install.sh")
            self.assertEqual(checked.stdout, "")

    def test_image_is_loaded_once_and_any_change_makes_new_packages(self):
        made = self.bootstrap()
        made.generate()
        first = glob.glob(f"{made.folder}/genconf/serve/packages/dcos-config/*")
        made.generate()
        self.assertEqual(glob.glob(f"{made.folder}/genconf/serve/packages/dcos-config/*"), first)
        with open(f"{made.folder}/genconf/ip-detect", "a", encoding="utf-8") as file:
            file.write("# changed\n")
        self.assertEqual(made.generate().returncode, 0)
        self.assertEqual(len(glob.glob(f"{made.folder}/genconf/serve/packages/dcos-config/*")), 2)
        with open(f"{made.folder}/docker/loads", encoding="ascii") as file:
            self.assertEqual(len(file.readlines()), 1)

    def test_container_options(self):
        made = self.bootstrap()
        made.generate("--version", PORT="9100")
        with open(f"{made.folder}/docker/runs", encoding="ascii") as file:
            command = file.read()
        self.assertIn("--rm -i", command)
        self.assertIn("-p 9100:9100", command)
        self.assertRegex(command, r"--name dcos-genconf\.[0-9a-f]{18}-[0-9a-f]{18} ")
        self.assertIn(f"-v {made.folder}/genconf/:/genconf", command)

    def test_docker_must_run(self):
        done = self.bootstrap().generate(DOCKER_DOWN="1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("docker should be installed and running", done.stderr)

    def test_version_flag(self):
        done = self.bootstrap().generate("--version")
        self.assertEqual(json.loads(done.stdout[done.stdout.index("{"):]),
                         {"variant": "", "version": "1.11.13"})

    def test_flags_exclude_one_another(self):
        self.assertEqual(self.bootstrap().generate("--version", "--genconf").returncode, 2)
        self.assertEqual(self.bootstrap().generate("--config", "x").returncode, 2)

    def test_upgrade_script(self):
        made = self.bootstrap()
        self.assertEqual(made.generate("--generate-node-upgrade-script", "1.11.2").returncode, 0)
        self.assertEqual(len(glob.glob(f"{made.folder}/genconf/serve/upgrade/*/dcos_node_upgrade.sh")), 1)

    def test_missing_files(self):
        self.rejected(None, "No config file found at genconf/config.yaml")
        made = self.bootstrap(ip_detect=None)
        self.assertIn("ip_detect_contents: genconf/ip-detect does not exist", made.generate().stderr)

    def test_messages_by_parameter(self):
        two = world.CONFIG.replace(", 10.1.1.51", "")
        self.rejected(two, "num_masters: Must have 1, 3, 5, 7, or 9 masters. Found 2 masters.")
        errors = self.rejected(
            world.CONFIG.replace("10.1.1.51", "10.1.1.500").replace("8080", "8080/")
            + "check_time: 'yes'\ndcos_version: 1.11.2\n", "master_list: Invalid IPv4 addresses")
        for name in ("bootstrap_url: ", "check_time: ", "dcos_version: "):  # all of them in one run
            self.assertIn(name, errors)
        self.rejected(world.CONFIG.replace("cluster_name: dcos_gsi\n", ""),
                      "cluster_name: Must set cluster_name, no way to calculate value.")

    def test_what_cannot_be_text_crashes(self):
        for value in ("", "1.5", "2018-01-01"):
            self.rejected(f"{world.CONFIG}dns_search: {value}\n", "Traceback")
        self.rejected("", "NotImplementedError")
        self.rejected("a: [", "Unable to load configuration file. Invalid YAML in genconf/config.yaml")

    def test_unknown_keys_pass(self):
        self.assertEqual(self.bootstrap(world.CONFIG + "bootstrap_ur: x\n").generate().returncode, 0)

    def test_validate_config_knows_the_ssh_rules(self):
        clash = self.bootstrap(world.CONFIG + "agent_list: [10.1.1.49]\n")
        done = clash.generate("--validate-config")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Validation of configuration parameters failed:", done.stderr)
        self.assertIn("agent_list: ", done.stderr)
        self.assertEqual(clash.generate().returncode, 0)

    def test_later_release(self):
        made = self.bootstrap(world.CONFIG + "enable_ipv6: 'false'\n", version="2.1.2")
        done = made.generate()
        self.assertEqual(done.returncode, 1)
        self.assertIn("enable_ipv6: ", done.stderr)
        self.assertEqual(made.generate("--validate-config").returncode, 2)
        with open(f"{made.folder}/docker/runs", encoding="ascii") as file:
            self.assertNotIn(" -p ", file.read())
        good = self.bootstrap(version="2.1.2")
        self.assertEqual(good.generate().returncode, 0)
        with open(f"{good.folder}/genconf/serve/dcos_install.sh", encoding="ascii") as file:
            text = file.read()
        self.assertIn('"2379 etcd"', text)
        self.assertIn("  warn_kernel_modules\n", text)


if __name__ == "__main__":
    unittest.main()
