import Foundation
import Testing

@testable import DCOSForgeCore

/// The scripts `prepare` and `facts`, run for real in a sandbox with planted failures.
@Suite(.enabled(if: NodeSandbox.isPossible)) struct PrepareScriptTests {
  private static let node = Samples.name("lxzk01")

  private static func preparation(
    _ role: NodeRole = .master, version: DCOSVersion = DCOSVersion(1, 11, 2)
  ) -> Preparation {
    var packages = PackageSpec()
    packages.repositories = [.init(id: "lab", baseURL: "file:///srv/rpm", checksSignatures: false)]
    return Preparation(role: role, version: version, packages: packages)
  }

  private static func sandbox() throws -> NodeSandbox {
    let sandbox = try NodeSandbox()
    try sandbox.write("var/stub/docker-command", NodeStubs.docker)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755],
      ofItemAtPath: sandbox.root.appendingPathComponent("var/stub/docker-command").path)
    return sandbox
  }

  private static func prepare(
    _ sandbox: NodeSandbox, _ preparation: Preparation = preparation(), before: String = ""
  ) async throws -> [String: PrerequisiteReport] {
    // Pauses between tries are not what is tested.
    let script = NodeTask.prepare(preparation).script
      .replacing("lock_patience=300", with: "lock_patience=2")
      .replacing("yum_pauses=(5 15)", with: "yum_pauses=(0 0)").replacing(
        "sleep 5", with: "sleep 0")
    let result = try await sandbox.run(script, before: before)
    let reports = try Prerequisites.reports(result, on: node)
    #expect(
      reports.map(\.item) == Prerequisites.items(for: preparation), "\(result.standardError)")
    return Dictionary(uniqueKeysWithValues: reports.map { ($0.item, $0) })
  }

  private static func facts(
    _ sandbox: NodeSandbox, _ preparation: Preparation = preparation(), serving: Serving? = nil,
    before: String = ""
  ) async throws -> NodeFacts {
    let request = FactsRequest(
      role: preparation.role, preparation: preparation, serving: serving)
    let result = try await sandbox.run(NodeTask.facts(request).script, before: before)
    return try NodeFacts(result, on: node)
  }

  @Test(arguments: [NodeRole.master, .bootstrap])
  func aBareNodeIsPutRightAndThenLeftAlone(_ role: NodeRole) async throws {
    let sandbox = try Self.sandbox()
    let preparation = Self.preparation(role)
    let before = try await Self.facts(sandbox, preparation)
    #expect(before.prerequisites.map(\.item) == Prerequisites.items(for: preparation))
    #expect(before.prerequisites.contains { $0.item == "docker" && $0.state == .missing })
    #expect(try sandbox.takeCalls() == [], "facts must change nothing")

    let first = try await Self.prepare(sandbox, preparation)
    #expect(first.values.filter(\.isToDo).map(\.item) == [])
    for item in ["selinux", "firewalld", "docker", "docker:service", "package:xz"] {
      #expect(first[item]?.state == .fixed, "\(item): \(first[item]?.detail ?? "")")
    }
    #expect(try sandbox.takeCalls().filter { $0.contains(" install ") }.count == 1)

    let second = try await Self.prepare(sandbox, preparation)
    #expect(second.values.filter { $0.state == .fixed || $0.isToDo }.map(\.item) == [])
    #expect(try sandbox.takeCalls() == [], "a second run does nothing")
    let after = try await Self.facts(sandbox, preparation)
    #expect(after.prerequisites.filter(\.isToDo) == [])
    #expect(after.hostname == "lxzk01" && after.dcos == .absent)
  }

  @Test func selinuxStaysPermissiveAndTheFileKeepsItsOtherLines() async throws {
    let sandbox = try Self.sandbox()
    _ = try await Self.prepare(sandbox)
    #expect(
      sandbox.read("etc/selinux/config") == "# comment\nSELINUXTYPE=targeted\nSELINUX=permissive\n")
    #expect(sandbox.read("var/stub/enforce") == "Permissive\n")
  }

  @Test func aKernelThatIsStartedEnforcingIsAFailure() async throws {
    let sandbox = try Self.sandbox()
    try sandbox.write("var/stub/cmdline", "root=/dev/vda enforcing=1\n")
    let reports = try await Self.prepare(sandbox)
    #expect(reports["selinux"]?.state == .failed)
    #expect(reports["selinux"]?.detail.contains("enforcing=1") == true)
  }

  @Test func mirrorsThatFailTwiceAreAskedAgain() async throws {
    let sandbox = try Self.sandbox()
    try sandbox.write("var/stub/yum-faults", "mirror\nok\nmirror\nok\n")
    let reports = try await Self.prepare(sandbox)
    #expect(reports["package:unzip"]?.state == .fixed)
    #expect(try sandbox.takeCalls().filter { $0.contains(" install ") }.count == 3)
  }

  @Test func mirrorsThatNeverAnswerAreToldWithTheirOwnWords() async throws {
    let sandbox = try Self.sandbox()
    try sandbox.write("var/stub/yum-faults", String(repeating: "mirror\n", count: 20))
    let reports = try await Self.prepare(sandbox)
    let unzip = try #require(reports["package:unzip"])
    #expect(unzip.state == .failed && unzip.detail.contains("valid baseurl"))
    #expect(try sandbox.takeCalls().filter { $0.contains(" install ") }.count == 3)
    let error = try #require(
      Prerequisites.failure(in: reports.values.sorted { $0.item < $1.item }, on: Self.node))
    #expect(error.disposition == .retry && error.advice.contains("repositories"))
  }

  @Test func aLockedYumIsWaitedForWithALimit() async throws {
    let sandbox = try Self.sandbox()
    try sandbox.write("var/stub/yum-faults", "lock\nlock\n")
    #expect(try await Self.prepare(sandbox)["docker"]?.state == .fixed)
    #expect(try sandbox.takeCalls().filter { $0.contains(" install ") }.count == 3)
  }

  @Test func anotherPreparationIsWaitedForWithALimit() async throws {
    let sandbox = try Self.sandbox()
    let holder = "mkdir -p /var/lib/dcosforge; flock /var/lib/dcosforge/prepare.lock sleep"
    let error = try await #require(throws: ForgeError.self) {
      try await Self.prepare(sandbox, before: holder + " 30 & sleep 0.5")
    }
    #expect(error.observed.contains("another preparation"))
    #expect(try await Self.prepare(sandbox, before: holder + " 1 & sleep 0.3").count > 20)
  }

  @Test func anOlderDockerIsReplacedAndANewerOnePutBack() async throws {
    for (version, verb) in [("18.06.1.ce-3.el7", "install"), ("19.03.5-3.el7", "downgrade")] {
      let sandbox = try Self.sandbox()
      try sandbox.package("docker-ce", version)
      try sandbox.package("docker-ce-cli", version)
      let docker = try #require(try await Self.prepare(sandbox)["docker"])
      #expect(docker.state == .fixed, "\(docker)")
      #expect(docker.detail.contains("docker-ce 18.09.9") && docker.detail.contains(version))
      let calls = try sandbox.takeCalls()
      #expect(calls.contains { $0.contains(" \(verb) ") && $0.contains("docker-ce-18.09.9") })
    }
  }

  @Test func theWrongDockerUnderARunningDCOSIsToldAndLeft() async throws {
    let sandbox = try Self.sandbox()
    _ = try await Self.prepare(sandbox)
    try sandbox.package("docker-ce", "19.03.5-3.el7")
    try sandbox.write("opt/mesosphere/active/x", "")
    try sandbox.write("etc/mesosphere/roles/master", "")
    _ = try sandbox.takeCalls()
    let docker = try #require(try await Self.prepare(sandbox)["docker"])
    #expect(docker.state == .failed && docker.detail.contains("DC/OS is installed"))
    #expect(try sandbox.takeCalls().filter { $0.hasPrefix("yum") } == [])
  }

  @Test func theOperatorsDaemonSettingsStay() async throws {
    let sandbox = try Self.sandbox()
    try sandbox.write(
      "etc/docker/daemon.json",
      #"{"insecure-registries": ["r:5000"], "live-restore": true, "storage-driver": "vfs"}"#)
    #expect(try await Self.prepare(sandbox)["docker:settings"]?.state == .fixed)
    let text = try #require(sandbox.read("etc/docker/daemon.json"))
    #expect(text.contains("r:5000") && text.contains(#""storage-driver": "overlay2""#))
    #expect(text.contains(#""live-restore": false"#))
    #expect(sandbox.read("etc/docker/daemon.json.before-dcosforge")?.contains("vfs") == true)
  }

  @Test func brokenDaemonSettingsAreToldAndNotOverwritten() async throws {
    let sandbox = try Self.sandbox()
    try sandbox.write("etc/docker/daemon.json", #"{"data-root": "/srv/docker""#)
    let report = try #require(try await Self.prepare(sandbox)["docker:settings"])
    #expect(report.state == .failed && report.detail.contains("cannot read"))
    #expect(sandbox.read("etc/docker/daemon.json") == #"{"data-root": "/srv/docker""#)
  }

  @Test func aDockerThatDoesNotStartSaysWhatTheJournalSays() async throws {
    let sandbox = try Self.sandbox()
    try sandbox.write("var/stub/broken-docker.service", "")
    let report = try #require(try await Self.prepare(sandbox)["docker:service"])
    #expect(report.state == .failed && report.detail.contains("last words of the journal"))
  }

  /// Shell code that has a process of the unit listen on port 53.
  private static func listener(unit: String) -> String {
    """
    python3 -c 'import os, socket, time
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 53))
    open("/run/ready", "w"); time.sleep(60)' &
    while [ ! -e /run/ready ]; do sleep 0.05; done
    rm /run/ready
    echo $! >/run/pid-\(unit)
    printf '11:devices:/\\n1:name=systemd:/system.slice/\(unit)\\n' >/run/cgroup
    mount --bind /run/cgroup /proc/$!/cgroup
    """
  }

  @Test func somethingUnknownOnPort53IsNamedAndLeftRunning() async throws {
    let sandbox = try Self.sandbox()
    let listener = Self.listener(unit: "weird.service")
    let facts = try await Self.facts(sandbox, before: listener)
    #expect(facts.prerequisites.first { $0.item == "port:53" }?.state == .missing)
    let report = try #require(try await Self.prepare(sandbox, before: listener)["port:53"])
    #expect(report.state == .failed && report.detail.contains("python3"), "\(report)")
    #expect(report.detail.contains("weird.service") && report.detail.contains("yourself"))
  }

  @Test func nameServersThatStartByThemselvesAreStopped() async throws {
    let sandbox = try Self.sandbox()
    try sandbox.unit("dnsmasq", active: "active", file: "enabled")
    let report = try #require(
      try await Self.prepare(sandbox, before: Self.listener(unit: "dnsmasq.service"))["port:53"])
    #expect(report.state == .fixed && report.detail.contains("was: taken by"), "\(report)")
    #expect(sandbox.read("var/stub/units/dnsmasq.service") == "loaded inactive disabled\n")
  }

  @Test func theStubOfSystemdResolvedIsSwitchedOffAndItsServersStay() async throws {
    let sandbox = try Self.sandbox()
    try sandbox.unit("systemd-resolved", active: "active", file: "enabled")
    try FileManager.default.createSymbolicLink(
      atPath: sandbox.root.path + "/etc/resolv.conf",
      withDestinationPath: "../run/systemd/resolve/stub-resolv.conf")
    // Its restart gives the port free, as the stub's end does.
    let listener =
      Self.listener(unit: "systemd-resolved.service")
      + "\nsed -i 's/^  start | restart)/&\\n    kill $(cat \\/run\\/pid-$unit)/' "
      + "/usr/local/sbin/systemctl"
    let report = try #require(try await Self.prepare(sandbox, before: listener)["port:53"])
    #expect(report.state == .fixed, "\(report)")
    #expect(
      sandbox.read("etc/systemd/resolved.conf.d/dcosforge.conf")
        == "[Resolve]\nDNSStubListener=no\n")
    #expect(
      try FileManager.default.destinationOfSymbolicLink(
        atPath: sandbox.root.path + "/etc/resolv.conf") == "/run/systemd/resolve/resolv.conf")
  }

  @Test func whatAFailingCommandSaysIsShown() async throws {
    let sandbox = try Self.sandbox()
    try sandbox.write("var/stub/no-modules", "")
    let report = try #require(try await Self.prepare(sandbox)["module:overlay"])
    #expect(report.state == .failed && report.detail.contains("Module overlay not found"))
  }

  @Test func tracesOfDCOSStopEverything() async throws {
    let sandbox = try Self.sandbox()
    try sandbox.write("opt/mesosphere/bootstrap", "")
    let reports = try await Self.prepare(sandbox)
    #expect(reports["leftovers"]?.state == .failed)
    #expect(try sandbox.takeCalls() == [], "a node that must be wiped is not prepared")
    let error = try #require(Prerequisites.failure(in: Array(reports.values), on: Self.node))
    #expect(error.disposition == .final && error.advice.contains("wipe"))
  }

  @Test func aFullDiskOfSettingsThatDCOSDislikesIsNotedOnly() async throws {
    let sandbox = try Self.sandbox()
    try sandbox.unit("iptables", active: "active", file: "enabled")
    let report = try #require(try await Self.prepare(sandbox)["firewall"])
    #expect(report.state == .noted && report.detail.contains("iptables.service"))
  }

  @Test func repositoriesAreWrittenAndTakenBack() async throws {
    let sandbox = try Self.sandbox()
    _ = try await Self.prepare(sandbox)
    let text = try #require(sandbox.read("etc/yum.repos.d/dcosforge-lab.repo"))
    #expect(text.contains("[dcosforge-lab]") && text.contains("gpgcheck=0"))
    var other = Self.preparation()
    other.packages.repositories[0].id = "mirror"
    #expect(try await Self.prepare(sandbox, other)["repositories"]?.state == .fixed)
    #expect(sandbox.read("etc/yum.repos.d/dcosforge-lab.repo") == nil)
    #expect(sandbox.read("etc/yum.repos.d/dcosforge-mirror.repo") != nil)
  }

  @Test func dockersOwnRepositoryIsAddedOnlyWhenNeeded() async throws {
    let preparation = Preparation(
      role: .agent, version: DCOSVersion(1, 11, 2), packages: PackageSpec())
    let sandbox = try Self.sandbox()
    #expect(try await Self.prepare(sandbox, preparation)["repositories"]?.state == .fixed)
    #expect(sandbox.read("etc/yum.repos.d/docker-ce.repo")?.contains("download.docker.com") == true)
    #expect(try await Self.prepare(sandbox, preparation)["repositories"]?.state == .satisfied)
    let prepared = try Self.sandbox()
    try prepared.package("docker-ce", "18.09.9-3.el7")
    try prepared.package("docker-ce-cli", "18.09.9-3.el7")
    #expect(try await Self.prepare(prepared, preparation)["repositories"]?.state == .satisfied)
    #expect(prepared.read("etc/yum.repos.d/docker-ce.repo") == nil)
  }

  @Test func imagesOwnRepositoriesAreSwitchedOffOnDemand() async throws {
    var preparation = Self.preparation()
    preparation.packages.replacesRepositories = true
    let sandbox = try Self.sandbox()
    _ = try await Self.prepare(sandbox, preparation)
    let calls = try sandbox.takeCalls().filter { $0.hasPrefix("yum") }
    #expect(calls.allSatisfy { $0.contains("--disablerepo=* --enablerepo=dcosforge-*") })
    #expect(!calls.isEmpty)
  }

  // MARK: facts

  @Test func theStatesOfDCOSAreToldApart() async throws {
    let sandbox = try Self.sandbox()
    func state() async throws -> DCOSState { try await Self.facts(sandbox).dcos }
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
    let sandbox = try Self.sandbox()
    func leftovers() async throws -> PrerequisiteReport? {
      try await Self.facts(sandbox).prerequisites.first { $0.item == "leftovers" }
    }
    try sandbox.makeFolder("var/lib/mesos/slave/lost+found")
    #expect(try await leftovers()?.state == .satisfied, "an empty disk of its own is no trace")
    try sandbox.write("var/lib/dcos/navstar/ip", "10.1.1.99\n")
    let report = try #require(try await leftovers())
    #expect(report.state == .missing && report.detail.contains("/var/lib/dcos"))
  }

  @Test func servingIsProvedByWhatIsServed() async throws {
    let sandbox = try Self.sandbox()
    let serving = Serving(folder: "/srv/dcos", image: "nginx", archive: nil, port: 8080)
    let preparation = Self.preparation(.bootstrap)
    try sandbox.program(
      "usr/local/sbin/curl",
      #"[ "${*: -1}" = http://127.0.0.1:8080/dcos_install.sh ] && cat /var/stub/served"#)
    func facts() async throws -> NodeFacts {
      try await Self.facts(sandbox, preparation, serving: serving)
    }
    #expect(try await facts().generated == nil)
    try sandbox.write("srv/dcos/genconf/serve/dcos_install.sh", "echo new\n")
    try sandbox.write("var/lib/dcosforge/generated", "abc123\n")
    try sandbox.write("var/stub/served", "echo new\n")
    #expect(try await facts().generated == "abc123")
    #expect(try await !facts().isServing, "there is no container")
    // A container whose root is the sandbox's own and whose folder is the served one.
    try sandbox.program(
      "usr/local/sbin/docker",
      """
      case "$*" in
        *container*) echo "true sha256:1 8080 always 1 /srv/dcos/genconf/serve" ;;
        *image*) echo sha256:1 ;;
      esac
      """)
    try sandbox.makeFolder("usr/share/nginx")
    try FileManager.default.createSymbolicLink(
      atPath: sandbox.root.path + "/usr/share/nginx/html",
      withDestinationPath: "/srv/dcos/genconf/serve")
    #expect(try await facts().isServing)
    try sandbox.write("var/stub/served", "echo old\n")
    #expect(try await !facts().isServing, "another file than the generated one is served")
  }
}
