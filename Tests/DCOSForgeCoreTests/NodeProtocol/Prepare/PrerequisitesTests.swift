@testable import ForgeNodeProtocol
@testable import ForgeModel
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
    for item in ["port:53", "package:ipset", "group:docker", "leftovers", "cgroups"] {
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
      PrerequisiteRecord(item: "package:tar", state: .satisfied),
      PrerequisiteRecord(item: "ipv6", state: .noted, detail: "not in the kernel"),
    ]
    #expect(PrepareReport(items: reports).failure(on: node) == nil)
    let bad =
      reports + [
        PrerequisiteRecord(item: "port:53", state: .failed, detail: "taken by named"),
        PrerequisiteRecord(item: "xfs", state: .failed, detail: "ftype=0"),
      ]
    let error = try #require(PrepareReport(items: bad).failure(on: node))
    #expect(error.category == .step && error.disposition == .afterFix)
    #expect(error.summary.contains("port:53, xfs") && error.observed.contains("taken by named"))
  }

  @Test func reportsSurviveBeingPrintedAndRead() throws {
    let reports = [
      PrerequisiteRecord(item: "docker", state: .fixed, detail: "docker-ce \"18\"\n\tü"),
      PrerequisiteRecord(item: "ipv6", state: .noted),
    ]
    let result = CommandResult(
      status: .exited(0), standardOutput: PrepareReport.text(reports))
    #expect(try PrepareReport(result, on: node).items == reports)
  }
}
