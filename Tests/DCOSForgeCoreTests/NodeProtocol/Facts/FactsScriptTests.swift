@testable import ForgeModel
@testable import ForgeNodeProtocol
import Foundation
import Testing

@testable import DCOSForgeCore

/// What the script `facts` says of a node, run for real in a sandbox.
@Suite(.enabled { await NodeSandbox.isPossible() }) struct FactsScriptTests {
  @Test func aKernelWithoutModulesIsNotedByName() async throws {
    let sandbox = try Preparing.sandbox()
    let release = String(
      decoding: try Data(contentsOf: URL(fileURLWithPath: "/proc/sys/kernel/osrelease")),
      as: UTF8.self
    ).split(separator: "\n")[0]
    let folder = "lib/modules/\(release)/"
    try sandbox.write(
      folder + "modules.dep",
      "kernel/net/netfilter/xt_ipvs.ko.xz: kernel/x.ko.xz\nkernel/drivers/net/dummy.ko:\n")
    try sandbox.write(folder + "modules.builtin", "kernel/drivers/net/vxlan.ko\n")
    let facts = try await Preparing.facts(sandbox)
    let report = try #require(facts.prerequisites.first { $0.item == "modules" })
    #expect(report.state == .noted)
    #expect(report.detail.hasPrefix("this kernel has no ip_vs_wlc:"), "\(report)")
  }

  @Test func fileSystemsThatDCOSCannotUseAreNamed() async throws {
    let sandbox = try Preparing.sandbox()
    try sandbox.program("usr/local/sbin/xfs_info", "echo 'naming =version 2 ftype=0'\n")
    try sandbox.program(
      "usr/local/sbin/df",
      "echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'\n"
        + "echo '/dev/vda1 8000000 7000000 1000000 88% /'\n")
    try sandbox.write(
      "var/stub/mounts",
      "/dev/vda1 / xfs rw 0 0\ntmpfs /tmp tmpfs rw,nosuid,noexec 0 0\n/dev/vdb /var ext4 rw 0 0\n"
        + "/dev/vdc /var/lib/docker xfs rw 0 0\n/dev/vdd /var/lib/dockers ext4 rw 0 0\n")
    let before = "mount --bind /var/stub/mounts /proc/$$/mounts"
    let reports = try await Preparing.prepare(sandbox, before: before)
    #expect(reports["xfs"]?.state == .failed)
    #expect(reports["xfs"]?.detail.contains("ftype=0") == true)
    #expect(reports["mounts"]?.state == .noted)
    #expect(reports["mounts"]?.detail.contains("noexec: /tmp;") == true, "\(reports)")
    #expect(reports["disk"]?.detail.contains("976 MiB on /") == true, "\(reports)")
    #expect(reports["disk"]?.state == .noted)
  }

  @Test func theStatesOfDCOSAreDistinguished() async throws {
    let sandbox = try Preparing.sandbox()
    func state() async throws -> DCOSState { try await Preparing.facts(sandbox).dcos }
    #expect(try await state() == .absent)
    try sandbox.write("etc/mesosphere/roles/slave_public", "")
    try sandbox.unit("dcosforge-install", active: "active")
    #expect(try await state() == .installing)
    try sandbox.unit("dcosforge-install", active: "inactive")
    try sandbox.write("opt/mesosphere/active/x", "")
    try sandbox.write("opt/mesosphere/bootstrap", "")
    try sandbox.unit("dcos-setup", active: "activating", file: "enabled")
    #expect(try await state() == .installing)
    try sandbox.unit("dcos-setup", active: "failed", file: "enabled")
    guard case .broken(let why) = try await state() else {
      Issue.record("set-up that neither runs nor can go on is a broken installation")
      return
    }
    #expect(why.contains("/opt/mesosphere"))
    try sandbox.remove("opt/mesosphere/bootstrap")
    #expect(try await state() == .installed(.publicAgent))
    try sandbox.write("etc/mesosphere/roles/master", "")
    guard case .broken = try await state() else {
      Issue.record("two roles are a broken installation")
      return
    }
  }

  @Test func whatAnEarlierInstallationLeftIsFound() async throws {
    let sandbox = try Preparing.sandbox()
    func leftovers() async throws -> PrerequisiteRecord? {
      try await Preparing.facts(sandbox).prerequisites.first { $0.item == "leftovers" }
    }
    try sandbox.makeFolder("var/lib/mesos/slave/lost+found")
    #expect(try await leftovers()?.state == .satisfied, "an empty disk of its own is no trace")
    try sandbox.write("var/lib/dcos/navstar/ip", "10.1.1.99\n")
    let report = try #require(try await leftovers())
    #expect(report.state == .missing && report.detail.contains("/var/lib/dcos"))
  }

  @Test func servingIsProvedByWhatIsServed() async throws {
    let sandbox = try Preparing.sandbox()
    let serving = Serving(
      folder: "/srv/dcos", image: "nginx", archive: nil, address: Samples.address("10.1.1.8"),
      port: 8080)
    let preparation = Preparing.preparation(.bootstrap)
    try sandbox.link(["sha256sum"])
    try sandbox.program(
      "usr/local/sbin/curl",
      #"[ "${*: -1}" = http://10.1.1.8:8080/dcos_install.sh ] && cat /var/stub/served"#)
    func facts() async throws -> FactsReport {
      try await Preparing.facts(sandbox, preparation, serving: serving)
    }
    #expect(try await facts().generated == nil)
    #expect(try await facts().installedFrom == nil)
    try sandbox.write("var/lib/dcosforge/installed", "version 1\nx \"y\"\n")
    #expect(try await facts().installedFrom == "version 1\nx \"y\"")
    try sandbox.write("srv/dcos/genconf/serve/dcos_install.sh", "echo new\n")
    try sandbox.write("var/lib/dcosforge/generated", "abc123\n")
    try sandbox.write("var/stub/served", "echo new\n")
    #expect(try await facts().generated == "abc123")
    #expect(try await facts().served == nil, "there is no container")
    // A container whose root is the sandbox's own and whose folder is the served one.
    try sandbox.program(
      "usr/local/sbin/docker",
      """
      case "$*" in
        *container*)
          echo "true sha256:1 $(cat /var/stub/published) always 1 /srv/dcos/genconf/serve" ;;
        *image*) echo sha256:1 ;;
      esac
      """)
    try sandbox.makeFolder("usr/share/nginx")
    try FileManager.default.createSymbolicLink(
      atPath: sandbox.root.path + "/usr/share/nginx/html",
      withDestinationPath: "/srv/dcos/genconf/serve")
    try sandbox.write("var/stub/published", "10.1.1.8:8080\n")
    #expect(try await facts().served == SHA256Sum(hashing: Array("echo new\n".utf8)))
    try sandbox.write("var/stub/published", ":8080\n")
    #expect(try await facts().served == nil, "it is open at every address")
    try sandbox.write("var/stub/published", "10.1.1.8:8080\n")
    try sandbox.write("var/stub/served", "echo old\n")
    #expect(try await facts().served == nil, "another file than the generated one is served")
  }
}
