@testable import ForgeNodeProtocol
@testable import ForgeModel
@testable import ForgeHealth
import Foundation
import Testing

@testable import DCOSForgeCore

/// The scripts `prepare` and `facts`, run for real in a sandbox with planted failures.
@Suite(.enabled { await NodeSandbox.isPossible() }) struct PrepareScriptTests {
  @Test(arguments: [NodeRole.master, .bootstrap])
  func aBareNodeIsPutRightAndThenLeftAlone(_ role: NodeRole) async throws {
    let sandbox = try Preparing.sandbox()
    let preparation = Preparing.preparation(role)
    let before = try await Preparing.facts(sandbox, preparation)
    #expect(before.prerequisites.map(\.item) == Prerequisites.items(for: preparation))
    #expect(before.prerequisites.contains { $0.item == "docker" && $0.state == .missing })
    #expect(try sandbox.takeCalls() == [], "facts must change nothing")

    let first = try await Preparing.prepare(sandbox, preparation)
    #expect(first.values.filter(\.isToDo).map(\.item) == [])
    for item in ["selinux", "firewalld", "docker", "docker:service", "package:xz"] {
      #expect(first[item]?.state == .fixed, "\(item): \(first[item]?.detail ?? "")")
    }
    #expect(try sandbox.takeCalls().filter { $0.contains(" install ") }.count == 1)

    let second = try await Preparing.prepare(sandbox, preparation)
    #expect(second.values.filter { $0.state == .fixed || $0.isToDo }.map(\.item) == [])
    #expect(try sandbox.takeCalls() == [], "a second run does nothing")
    let after = try await Preparing.facts(sandbox, preparation)
    #expect(after.prerequisites.filter(\.isToDo) == [])
    #expect(after.hostname == "lxzk01" && after.dcos == .absent)
  }

  @Test func selinuxStaysPermissiveAndTheFileKeepsItsOtherLines() async throws {
    let sandbox = try Preparing.sandbox()
    _ = try await Preparing.prepare(sandbox)
    #expect(
      sandbox.read("etc/selinux/config") == "# comment\nSELINUXTYPE=targeted\nSELINUX=permissive\n")
    #expect(sandbox.read("var/stub/enforce") == "Permissive\n")
  }

  @Test func aKernelThatIsStartedEnforcingIsAFailure() async throws {
    let sandbox = try Preparing.sandbox()
    try sandbox.write("var/stub/cmdline", "root=/dev/vda enforcing=1\n")
    let reports = try await Preparing.prepare(sandbox)
    #expect(reports["selinux"]?.state == .failed)
    #expect(reports["selinux"]?.detail.contains("enforcing=1") == true)
  }

  /// As on Debian 12, where all of them are version 2's; then one that the kernel was to leave out.
  @Test(arguments: [([0, 0, 0, 0], "cpu cpuacct memory"), ([3, 4, 4, 0], "memory")])
  func controlGroupsOfVersion2AreAFailure(_ hierarchies: [Int], _ absent: String) async throws {
    let sandbox = try Preparing.sandbox()
    try sandbox.write("var/stub/cgroups", NodeSandbox.cgroups(hierarchies: hierarchies))
    let reports = try await Preparing.prepare(sandbox)
    let report = try #require(reports["cgroups"])
    #expect(report.state == .failed && report.detail.contains("version 1 of \(absent):"))
    let error = try #require(PrepareReport(items: [report]).failure(on: Preparing.node))
    #expect(error.advice.contains("systemd.unified_cgroup_hierarchy=0"))
    #expect(KnownFaults.of(error)?.id == "cgroup-v2")
  }

  @Test func mirrorsThatFailTwiceAreAskedAgain() async throws {
    let sandbox = try Preparing.sandbox()
    try sandbox.write("var/stub/yum-faults", "mirror\nok\nmirror\nok\n")
    let reports = try await Preparing.prepare(sandbox)
    #expect(reports["package:unzip"]?.state == .fixed)
    #expect(try sandbox.takeCalls().filter { $0.contains(" install ") }.count == 3)
  }

  @Test func mirrorsThatNeverAnswerAreReportedWithTheirOwnWords() async throws {
    let sandbox = try Preparing.sandbox()
    try sandbox.write("var/stub/yum-faults", String(repeating: "mirror\n", count: 20))
    let reports = try await Preparing.prepare(sandbox)
    let unzip = try #require(reports["package:unzip"])
    #expect(unzip.state == .failed && unzip.detail.contains("valid baseurl"))
    #expect(try sandbox.takeCalls().filter { $0.contains(" install ") }.count == 3)
    let error = try #require(
      PrepareReport(items: reports.values.sorted { $0.item < $1.item })
        .failure(on: Preparing.node))
    #expect(error.disposition == .retry && error.advice.contains("repositories"))
  }

  @Test func aLockedYumIsWaitedForWithALimit() async throws {
    let sandbox = try Preparing.sandbox()
    try sandbox.write("var/stub/yum-faults", "lock\nlock\n")
    #expect(try await Preparing.prepare(sandbox)["docker"]?.state == .fixed)
    #expect(try sandbox.takeCalls().filter { $0.contains(" install ") }.count == 3)
  }

  @Test func anotherPreparationIsWaitedForWithALimit() async throws {
    let sandbox = try Preparing.sandbox()
    func held(for seconds: Int) -> String {
      """
      mkdir -p /var/lib/dcosforge; lock=/var/lib/dcosforge/prepare.lock
      flock $lock sleep \(seconds) &
      while flock -n $lock true; do sleep 0.05; done
      """
    }
    let error = try await #require(throws: ForgeError.self) {
      try await Preparing.prepare(sandbox, before: held(for: 600))
    }
    #expect(error.observed.contains("another preparation"))
    #expect(try await Preparing.prepare(sandbox, before: held(for: 1)).count > 20)
  }

  @Test func anOlderDockerIsReplacedAndANewerOnePutBack() async throws {
    for (version, verb) in [("18.06.1.ce-3.el7", "install"), ("19.03.5-3.el7", "downgrade")] {
      let sandbox = try Preparing.sandbox()
      try sandbox.package("docker-ce", version)
      try sandbox.package("docker-ce-cli", version)
      let docker = try #require(try await Preparing.prepare(sandbox)["docker"])
      #expect(docker.state == .fixed, "\(docker)")
      #expect(docker.detail.contains("docker-ce 18.09.9") && docker.detail.contains(version))
      let calls = try sandbox.takeCalls()
      #expect(calls.contains { $0.contains(" \(verb) ") && $0.contains("docker-ce-18.09.9") })
    }
  }

  @Test func theWrongDockerUnderARunningDCOSIsReportedAndLeft() async throws {
    let sandbox = try Preparing.sandbox()
    _ = try await Preparing.prepare(sandbox)
    try sandbox.package("docker-ce", "19.03.5-3.el7")
    try sandbox.write("opt/mesosphere/active/x", "")
    try sandbox.write("etc/mesosphere/roles/master", "")
    _ = try sandbox.takeCalls()
    let docker = try #require(try await Preparing.prepare(sandbox)["docker"])
    #expect(docker.state == .failed && docker.detail.contains("DC/OS is installed"))
    #expect(try sandbox.takeCalls().filter { $0.hasPrefix("yum") } == [])
  }

  @Test func theOperatorsDaemonSettingsStay() async throws {
    let sandbox = try Preparing.sandbox()
    try sandbox.write(
      "etc/docker/daemon.json",
      #"{"insecure-registries": ["r:5000"], "live-restore": true, "storage-driver": "vfs"}"#)
    #expect(try await Preparing.prepare(sandbox)["docker:settings"]?.state == .fixed)
    let text = try #require(sandbox.read("etc/docker/daemon.json"))
    #expect(text.contains("r:5000") && text.contains(#""storage-driver": "overlay2""#))
    #expect(text.contains(#""live-restore": false"#))
    #expect(sandbox.read("etc/docker/daemon.json.before-dcosforge")?.contains("vfs") == true)
  }

  @Test func brokenDaemonSettingsAreReportedAndNotOverwritten() async throws {
    let sandbox = try Preparing.sandbox()
    try sandbox.write("etc/docker/daemon.json", #"{"data-root": "/srv/docker""#)
    let report = try #require(try await Preparing.prepare(sandbox)["docker:settings"])
    #expect(report.state == .failed && report.detail.contains("cannot read"))
    #expect(sandbox.read("etc/docker/daemon.json") == #"{"data-root": "/srv/docker""#)
  }

  @Test func aDockerThatDoesNotStartSaysWhatTheJournalSays() async throws {
    let sandbox = try Preparing.sandbox()
    try sandbox.write("var/stub/broken-docker.service", "")
    let report = try #require(try await Preparing.prepare(sandbox)["docker:service"])
    #expect(report.state == .failed && report.detail.contains("last words of the journal"))
  }

  /// Shell code that has a process of the unit listen on port 53.
  private static func listener(unit: String) -> String {
    """
    python3 -c 'import os, socket, time
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 53))
    open("/run/ready", "w"); time.sleep(600)' &
    while [ ! -e /run/ready ]; do sleep 0.05; done
    rm /run/ready
    echo $! >/run/pid-\(unit)
    printf '11:devices:/\\n1:name=systemd:/system.slice/\(unit)\\n' >/run/cgroup
    mount --bind /run/cgroup /proc/$!/cgroup
    """
  }

  @Test func somethingUnknownOnPort53IsNamedAndLeftRunning() async throws {
    let sandbox = try Preparing.sandbox()
    let listener = Self.listener(unit: "weird.service")
    let facts = try await Preparing.facts(sandbox, before: listener)
    #expect(facts.prerequisites.first { $0.item == "port:53" }?.state == .missing)
    let report = try #require(try await Preparing.prepare(sandbox, before: listener)["port:53"])
    #expect(report.state == .failed && report.detail.contains("python3"), "\(report)")
    #expect(report.detail.contains("weird.service") && report.detail.contains("yourself"))
  }

  @Test func nameServersThatStartByThemselvesAreStopped() async throws {
    let sandbox = try Preparing.sandbox()
    try sandbox.unit("dnsmasq", active: "active", file: "enabled")
    let report = try #require(
      try await Preparing.prepare(sandbox, before: Self.listener(unit: "dnsmasq.service"))[
        "port:53"])
    #expect(report.state == .fixed && report.detail.contains("was: taken by"), "\(report)")
    #expect(sandbox.read("var/stub/units/dnsmasq.service") == "loaded inactive disabled\n")
  }

  @Test func theStubOfSystemdResolvedIsSwitchedOffAndItsServersStay() async throws {
    let sandbox = try Preparing.sandbox()
    try sandbox.unit("systemd-resolved", active: "active", file: "enabled")
    try FileManager.default.createSymbolicLink(
      atPath: sandbox.root.path + "/etc/resolv.conf",
      withDestinationPath: "../run/systemd/resolve/stub-resolv.conf")
    // Its restart gives the port free, as the stub's end does.
    let listener =
      Self.listener(unit: "systemd-resolved.service")
      + "\nsed -i 's/^  start | restart)/&\\n    kill $(cat \\/run\\/pid-$unit)/' "
      + "/usr/local/sbin/systemctl"
    let report = try #require(try await Preparing.prepare(sandbox, before: listener)["port:53"])
    #expect(report.state == .fixed, "\(report)")
    #expect(
      sandbox.read("etc/systemd/resolved.conf.d/dcosforge.conf")
        == "[Resolve]\nDNSStubListener=no\n")
    #expect(
      try FileManager.default.destinationOfSymbolicLink(
        atPath: sandbox.root.path + "/etc/resolv.conf") == "/run/systemd/resolve/resolv.conf")
  }

  @Test func whatAFailingCommandSaysIsShown() async throws {
    let sandbox = try Preparing.sandbox()
    try sandbox.write("var/stub/no-modules", "")
    let report = try #require(try await Preparing.prepare(sandbox)["module:overlay"])
    #expect(report.state == .failed && report.detail.contains("Module overlay not found"))
  }

  @Test func tracesOfDCOSStopEverything() async throws {
    let sandbox = try Preparing.sandbox()
    try sandbox.write("opt/mesosphere/bootstrap", "")
    let reports = try await Preparing.prepare(sandbox)
    #expect(reports["leftovers"]?.state == .failed)
    #expect(try sandbox.takeCalls() == [], "a node that must be wiped is not prepared")
    let report = PrepareReport(items: Array(reports.values))
    let error = try #require(report.failure(on: Preparing.node))
    #expect(error.disposition == .final && error.advice.contains("wipe"))
  }

  @Test func anotherFirewallIsNotedOnly() async throws {
    let sandbox = try Preparing.sandbox()
    try sandbox.unit("iptables", active: "active", file: "enabled")
    let report = try #require(try await Preparing.prepare(sandbox)["firewall"])
    #expect(report.state == .noted && report.detail.contains("iptables.service"))
  }

  @Test func repositoriesAreWrittenAndTakenBack() async throws {
    let sandbox = try Preparing.sandbox()
    _ = try await Preparing.prepare(sandbox)
    let text = try #require(sandbox.read("etc/yum.repos.d/dcosforge-lab.repo"))
    #expect(text.contains("[dcosforge-lab]") && text.contains("gpgcheck=0"))
    var other = Preparing.preparation()
    other.packages.repositories[0].id = "mirror"
    #expect(try await Preparing.prepare(sandbox, other)["repositories"]?.state == .fixed)
    #expect(sandbox.read("etc/yum.repos.d/dcosforge-lab.repo") == nil)
    #expect(sandbox.read("etc/yum.repos.d/dcosforge-mirror.repo") != nil)
  }

  @Test func dockersOwnRepositoryIsAddedOnlyWhenNeeded() async throws {
    let preparation = Preparation(
      role: .agent, version: DCOSVersion(1, 11, 2), packages: PackageSpec())
    let sandbox = try Preparing.sandbox()
    #expect(try await Preparing.prepare(sandbox, preparation)["repositories"]?.state == .fixed)
    #expect(sandbox.read("etc/yum.repos.d/docker-ce.repo")?.contains("download.docker.com") == true)
    #expect(try await Preparing.prepare(sandbox, preparation)["repositories"]?.state == .satisfied)
    let prepared = try Preparing.sandbox()
    try prepared.package("docker-ce", "18.09.9-3.el7")
    try prepared.package("docker-ce-cli", "18.09.9-3.el7")
    #expect(try await Preparing.prepare(prepared, preparation)["repositories"]?.state == .satisfied)
    #expect(prepared.read("etc/yum.repos.d/docker-ce.repo") == nil)
  }

  @Test func imagesOwnRepositoriesAreSwitchedOffOnDemand() async throws {
    var preparation = Preparing.preparation()
    preparation.packages.replacesRepositories = true
    let sandbox = try Preparing.sandbox()
    _ = try await Preparing.prepare(sandbox, preparation)
    let calls = try sandbox.takeCalls().filter { $0.hasPrefix("yum") }
    #expect(calls.allSatisfy { $0.contains("--disablerepo=* --enablerepo=dcosforge-*") })
    #expect(!calls.isEmpty)
  }
}
