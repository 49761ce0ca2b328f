@testable import ForgeModel
@testable import ForgeNodeProtocol
import Foundation
import Testing

@testable import DCOSForgeCore

/// The script that seals a disk, run for real in a sandbox.
@Suite(.enabled { await NodeSandbox.isPossible() }) struct SealScriptTests {
  private func sandbox() throws -> NodeSandbox {
    let sandbox = try NodeSandbox()
    try sandbox.link(["find", "shred", "sync"])
    try sandbox.program(
      "usr/local/sbin/systemd-run", "echo \"systemd-run $*\" >>/var/stub/calls\n")
    try sandbox.unit("systemd-random-seed", active: "active")
    for path in Self.own { try sandbox.write(path, "own\n") }
    for path in Self.stays { try sandbox.write(path, "stays\n") }
    try sandbox.write(
      "etc/sysconfig/network-scripts/ifcfg-eth0", "# Created by cloud-init on …\n")
    try sandbox.write("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
    return sandbox
  }

  /// What stand-ins were called for, but to look.
  private func changes(_ sandbox: NodeSandbox) throws -> [String] {
    try sandbox.takeCalls().filter { !$0.hasPrefix("systemctl is-active") }
  }

  /// What is the machine's own.
  private static let own = [
    "etc/ssh/ssh_host_ed25519_key", "etc/ssh/ssh_host_ed25519_key.pub",
    "var/lib/cloud/instances/c-n-1/user-data.txt", "var/lib/cloud/data/result.json",
    "var/lib/cloud/sem/config_scripts", "var/lib/dcosforge/log/yum.log",
    "etc/udev/rules.d/70-persistent-net.rules", "etc/netplan/50-cloud-init.yaml",
    "var/lib/systemd/random-seed", "etc/docker/key.json", "var/lib/dbus/machine-id",
    "var/log/journal/0123/system.journal", "var/log/cloud-init.log",
    "etc/sysconfig/network-scripts/ifcfg-eth0",
  ]
  private static let stays = [
    "etc/ssh/sshd_config", "var/lib/cloud/seed/nocloud/meta-data", "etc/docker/daemon.json",
    "etc/sysconfig/network-scripts/ifcfg-lo", "etc/netplan/01-own.yaml",
    "root/.ssh/authorized_keys", "etc/modules-load.d/dcosforge-overlay.conf",
  ]

  @Test func whatIsTheMachinesOwnGoesAndNothingElse() async throws {
    let sandbox = try sandbox()
    for _ in 1...2 {
      let result = try await sandbox.run(NodeTask.seal.script)
      _ = try NodeReport(result, of: "sealing")
      for path in Self.own { #expect(sandbox.read(path) == nil, "\(path)") }
      for path in Self.stays { #expect(sandbox.read(path) == "stays\n", "\(path)") }
      #expect(sandbox.read("etc/machine-id") == "")
      let calls = try changes(sandbox)
      #expect(calls.first == "systemctl stop systemd-random-seed.service")
      #expect(calls.last?.contains("systemctl poweroff") == true)
      #expect(calls.count == 2)
    }
  }

  /// Freed blocks show through in every disk that is made over this one.
  @Test func whatIsSecretIsOverwritten() async throws {
    let sandbox = try sandbox()
    let secrets = [
      "etc/ssh/ssh_host_ed25519_key", "var/lib/cloud/instances/c-n-1/user-data.txt",
    ]
    let manager = FileManager.default
    for (index, path) in secrets.enumerated() {
      try manager.linkItem(
        atPath: sandbox.root.appendingPathComponent(path).path,
        toPath: sandbox.root.appendingPathComponent("var/block-\(index)").path)
    }
    _ = try NodeReport(await sandbox.run(NodeTask.seal.script), of: "sealing")
    for index in secrets.indices {
      let data = try Data(contentsOf: sandbox.root.appendingPathComponent("var/block-\(index)"))
      #expect(!data.isEmpty && !data.starts(with: Data("own".utf8)))
    }
  }

  @Test func aLinkToTheInstanceIsRemovedAsALink() async throws {
    let sandbox = try sandbox()
    try FileManager.default.createSymbolicLink(
      atPath: sandbox.root.appendingPathComponent("var/lib/cloud/instance").path,
      withDestinationPath: "/root/.ssh")
    _ = try NodeReport(await sandbox.run(NodeTask.seal.script), of: "sealing")
    #expect(sandbox.read("root/.ssh/authorized_keys") == "stays\n")
    #expect(sandbox.read("var/lib/cloud/instance/authorized_keys") == nil)
  }

  @Test(arguments: ["opt/mesosphere/active", "opt/mesosphere/x"])
  func aNodeWithDCOSIsRefused(_ trace: String) async throws {
    let sandbox = try sandbox()
    try sandbox.write(trace, "x")
    let result = try await sandbox.run(NodeTask.seal.script)
    #expect(result.status == .exited(1))
    #expect(result.standardError.contains("DC/OS is"))
    for path in Self.own { #expect(sandbox.read(path) != nil, "\(path)") }
    #expect(try changes(sandbox) == [])
  }

  @Test func aMachineThatCannotPowerOffIsReported() async throws {
    let sandbox = try sandbox()
    try sandbox.program("usr/local/sbin/systemd-run", "exit 1\n")
    let result = try await sandbox.run(NodeTask.seal.script)
    #expect(result.status == .exited(1) && result.standardError.contains("cannot power off"))
  }
}
