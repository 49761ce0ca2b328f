@testable import ForgeGenconf
@testable import ForgeNodeProtocol
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

/// What a node must have, by role and release, and how its reports are read.
@Suite struct PrerequisitesTests {
  private let node = Samples.name("lxzk01")

  private func items(_ role: NodeRole, _ version: String) throws -> [String] {
    Prerequisites.items(
      for: Preparation(
        role: role, version: try #require(DCOSVersion(version)), packages: PackageSpec()))
  }

  @Test func releasesDifferInAFewItems() throws {
    #expect(try items(.master, "1.11.2").contains("group:nogroup"))
    #expect(try !items(.master, "1.11.12").contains("group:nogroup"))
    #expect(try items(.agent, "1.13.5").contains("group:nogroup"))
    #expect(try !items(.agent, "2.0.0").contains("group:nogroup"))
    #expect(try items(.agent, "1.12.3").contains("package:net-tools"))
    #expect(try !items(.agent, "1.11.2").contains("package:net-tools"))
    #expect(try items(.publicAgent, "1.11.2") == items(.agent, "1.11.2"))
  }

  @Test func theBootstrapNodeNeedsLess() throws {
    let bootstrap = try items(.bootstrap, "1.11.2")
    #expect(bootstrap.contains("docker:service") && bootstrap.contains("firewalld"))
    for item in ["port:53", "package:ipset", "group:docker", "leftovers"] {
      #expect(!bootstrap.contains(item), "\(item)")
    }
    #expect(Set(bootstrap).isSubset(of: try items(.master, "1.11.2")))
  }

  @Test(arguments: [
    ("docker-ce", "18.09.9", ["docker-ce", "docker-ce-cli"]),
    ("docker-ce", "18.06.3", ["docker-ce"]),
    ("docker-ce", "17.06.2", ["docker-ce"]),
    ("docker-ce", "20.10.24", ["docker-ce", "docker-ce-cli"]),
    ("docker-ee", "18.09.9", ["docker-ee"]),
  ])
  func dockersClientIsAPackageOfItsOwnSince1809(
    _ package: String, _ version: String, _ packages: [String]
  ) {
    var spec = PackageSpec()
    spec.dockerPackage = package
    spec.dockerVersion = version
    #expect(spec.dockerPackages == packages)
  }

  @Test func aRepositoryIsWrittenAsYumReadsIt() {
    let repository = PackageSpec.Repository(
      id: "vault", baseURL: "https://vault.centos.org/7.9.2009/os/$basearch/",
      key: "file:///etc/pki/rpm-gpg/RPM-GPG-KEY-CentOS-7")
    #expect(
      repository.text == """
        [dcosforge-vault]
        name=vault (written by dcosforge)
        baseurl=https://vault.centos.org/7.9.2009/os/$basearch/
        enabled=1
        gpgcheck=1
        gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-CentOS-7
        """)
  }

  @Test func whatIsNotRightBecomesOneError() throws {
    let reports = [
      PrerequisiteReport(item: "package:tar", state: .satisfied),
      PrerequisiteReport(item: "ipv6", state: .noted, detail: "not in the kernel"),
    ]
    #expect(Prerequisites.failure(in: reports, on: node) == nil)
    let bad =
      reports + [
        PrerequisiteReport(item: "port:53", state: .failed, detail: "taken by named"),
        PrerequisiteReport(item: "xfs", state: .failed, detail: "ftype=0"),
      ]
    let error = try #require(Prerequisites.failure(in: bad, on: node))
    #expect(error.category == .step && error.disposition == .afterFix)
    #expect(error.summary.contains("port:53, xfs") && error.observed.contains("taken by named"))
  }

  @Test func reportsSurviveBeingPrintedAndRead() throws {
    let reports = [
      PrerequisiteReport(item: "docker", state: .fixed, detail: "docker-ce \"18\"\n\tü"),
      PrerequisiteReport(item: "ipv6", state: .noted),
    ]
    let result = CommandResult(
      status: .exited(0), standardOutput: Prerequisites.reportText(reports))
    #expect(try Prerequisites.reports(result, on: node) == reports)
  }
}

/// Facts of nodes, printed and read back.
@Suite struct NodeFactsTests {
  private let node = Samples.name("lxzk01")

  @Test(arguments: [
    DCOSState.absent, .installing, .installed(.master), .installed(.agent),
    .installed(.publicAgent),
    .broken("left over: /opt/mesosphere"),
  ])
  func factsSurviveBeingPrintedAndRead(_ state: DCOSState) throws {
    let facts = NodeFacts(
      hostname: "lxzk01", prerequisites: [PrerequisiteReport(item: "docker", state: .missing)],
      clock: ClockReading(isSynchronised: true, errorMilliseconds: 1.25, source: "chronyd"),
      isTimeSet: true, dcos: state, generated: "abc", isServing: true)
    let result = CommandResult(status: .exited(0), standardOutput: facts.reportText)
    #expect(try NodeFacts(result, on: node) == facts)
  }

  @Test func factsThatLackSomethingAreAnError() throws {
    let clock = ClockReading(isSynchronised: false, errorMilliseconds: nil, source: "nothing")
    let result = CommandResult(status: .exited(0), standardOutput: clock.reportText)
    #expect(throws: ForgeError.self) { try NodeFacts(result, on: node) }
    #expect(try ClockReading(result, on: node) == clock)
  }

  @Test func anInstallationWithoutExactlyOneRoleIsBroken() throws {
    for roles in ["", "master slave", "minuteman"] {
      let state = try InstallationRecord(state: "installed", roles: roles).state(on: "lxzk01")
      guard case .broken = state else {
        Issue.record("\(roles) was taken for a role")
        continue
      }
    }
  }
}

/// The shipped `genconf`.
@Suite struct ShippedGenconfTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("genconf")

  @Test func theGeneratorCanReadIt() throws {
    let bytes = Array(try Data(contentsOf: Self.folder.appendingPathComponent("cluster.yaml")))
    // The installer's image has no locale: anything but ASCII crashes it, comments included.
    #expect(bytes.allSatisfy { $0 < 0x80 })
    let text = String(decoding: bytes, as: UTF8.self)
    for node in Samples.spec.nodes(.master) { #expect(text.contains("- \(node.address)\n")) }
    #expect(text.contains("bootstrap_url: \(Samples.spec.bootstrapURL)\n"))
    #expect(text.contains("resolvers:\n  - \(Samples.spec.network.gateway)\n"))
  }

  /// Every release takes it, and nothing is to be said against it.
  @Test func everySupportedReleaseAcceptsIt() throws {
    let contents = try GenconfFolder(path: Self.folder.path).contents()
    for version in Self.releases {
      let evaluated = EvaluatedGenconf(
        config: contents.config, file: contents.configPath, contents: contents.asInstallerSees,
        version: version)
      #expect(evaluated.evaluation.verdict == .accepted, "\(version)")
      #expect(evaluated.evaluation.findings.isEmpty, "\(version): \(evaluated.evaluation.findings)")
    }
  }

  private static let releases: [DCOSVersion] =
    (0...13).map { DCOSVersion(1, 11, $0) } + (0...5).map { DCOSVersion(1, 12, $0) }
    + (0...9).map { DCOSVersion(1, 13, $0) } + (0...6).map { DCOSVersion(2, 0, $0) }
    + (0...2).map { DCOSVersion(2, 1, $0) } + (0...1).map { DCOSVersion(2, 2, $0) }

  @Test func ipDetectAsksForTheRouteToTheFirstMaster() throws {
    let text = try String(
      contentsOf: Self.folder.appendingPathComponent("ip-detect"), encoding: .utf8)
    let first = try #require(Samples.spec.nodes(.master).first)
    #expect(text.contains("\npeer=\(first.address)\n"))
  }
}
