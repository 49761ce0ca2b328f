@testable import ForgeDCOS
@testable import ForgeNodeProtocol
@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

/// The tables of ports and units against DC/OS's own lists, written down a second time.
@Suite struct TableTests {
  static let masterPorts1_11 = [
    53, 80, 443, 1050, 2181, 5050, 7070, 8080, 8101, 8123, 8181, 9000, 9942, 9990, 15055, 36771,
    41281, 46839, 61053, 61091, 61420, 62080, 62501,
  ]
  static let agentPorts1_11 = [53, 5051, 61001, 61091, 61420, 62080, 62501]

  private func listed(_ role: NodeRole, _ version: DCOSVersion) -> [Int] {
    RequiredPort.list(for: role, version).filter(\.isListed).map(\.number)
  }

  @Test(arguments: [DCOSVersion(1, 11, 0), DCOSVersion(1, 11, 2), DCOSVersion(1, 11, 13)])
  func portsOf1_11(_ version: DCOSVersion) {
    #expect(listed(.master, version) == Self.masterPorts1_11)
    #expect(listed(.agent, version) == Self.agentPorts1_11)
    #expect(listed(.publicAgent, version) == Self.agentPorts1_11)
    #expect(listed(.bootstrap, version).isEmpty)
  }

  @Test(arguments: [
    (DCOSVersion(1, 12, 0), [61420], []), (DCOSVersion(1, 13, 0), [61420], [62020]),
    (DCOSVersion(2, 0, 6), [61420], [62020]),
    (DCOSVersion(2, 1, 0), [15055, 61420], [179, 2379, 2380, 62020, 62091, 64000]),
    (DCOSVersion(2, 2, 1), [15055, 61420], [179, 2379, 2380, 62020, 62091, 64000]),
  ])
  func portsOfLaterReleases(_ version: DCOSVersion, gone: [Int], added: [Int]) {
    let masters = Set(Self.masterPorts1_11).subtracting(gone).union(added)
    #expect(listed(.master, version) == masters.sorted())
    let agents = Set(Self.agentPorts1_11).subtracting(gone).union(added).subtracting([2379, 2380])
    #expect(listed(.agent, version) == agents.sorted())
  }

  @Test func componentsBehindPorts() throws {
    func component(_ port: Int, _ role: NodeRole, _ version: DCOSVersion) -> String? {
      RequiredPort.list(for: role, version).first { $0.number == port }?.component
    }
    #expect(component(61091, .agent, DCOSVersion(1, 11, 2)) == "dcos-metrics")
    #expect(component(61091, .agent, DCOSVersion(1, 12, 0)) == "telegraf")
    #expect(component(8101, .master, DCOSVersion(1, 11, 2)) == "dcos-oauth")
    #expect(component(8101, .master, DCOSVersion(2, 1, 0)) == "dcos-bouncer")
    #expect(component(53, .master, DCOSVersion(1, 11, 2)) == "dcos-net")
  }

  @Test func thePreflightMissesZooKeepersPeers() throws {
    let unlisted = RequiredPort.list(for: .master, DCOSVersion(1, 11, 2)).filter { !$0.isListed }
    #expect(unlisted.map(\.number) == [2888, 3888, 8443, 15101, 15201, 64000])
    #expect(unlisted.filter { $0.transports == [.udp] }.map(\.number) == [64000])
    let agent = RequiredPort.list(for: .agent, DCOSVersion(2, 1, 0)).filter { !$0.isListed }
    #expect(agent.map(\.number) == [61003])
    #expect(
      RequiredPort.list(for: .master, DCOSVersion(1, 13, 0)).contains { $0.number == 26257 })
  }

  @Test func aPortStandsOnceInAList() {
    for version in [DCOSVersion(1, 11, 2), DCOSVersion(1, 13, 9), DCOSVersion(2, 2, 1)] {
      for role in NodeRole.allCases {
        let ports = RequiredPort.list(for: role, version).map(\.number)
        #expect(ports == Set(ports).sorted())
      }
    }
  }

  @Test func listeningSockets() throws {
    // CentOS 7 prints the holder, Debian's heading runs two columns together, addresses have zones.
    let output = """
      Netid  State   Recv-Q  Send-Q  Local Address:Port  Peer Address:PortProcess
      udp    UNCONN  0       0       127.0.0.53%lo:53    0.0.0.0:*    \
      users:(("systemd-resolve",pid=5,fd=12))
      tcp    LISTEN  0       128     [::]:22             [::]:*       \
      users:(("sshd",pid=9,fd=4),("x",pid=1,fd=2))
      tcp    LISTEN  0       128     *:8080              *:*
      ???    LISTEN  0       128     *:80                *:*
      tcp    LISTEN  0       128     *:http              *:*
      """
    #expect(
      ListeningSocket.parse(output) == [
        ListeningSocket(
          transport: .udp, address: "127.0.0.53%lo", port: 53, program: "systemd-resolve"),
        ListeningSocket(transport: .tcp, address: "[::]", port: 22, program: "sshd"),
        ListeningSocket(transport: .tcp, address: "*", port: 8080),
      ])
  }

  private func units(_ role: NodeRole, _ version: DCOSVersion) -> Set<String> {
    Set(
      DCOSUnit.list(for: role, version).map { unit in
        unit.name.hasSuffix(".service") ? String(unit.name.dropLast(".service".count)) : unit.name
      })
  }

  static let everywhere1_11: Set = [
    "dcos-net", "dcos-net-watchdog", "dcos-gen-resolvconf", "dcos-gen-resolvconf.timer",
    "dcos-checks-poststart", "dcos-checks-poststart.timer", "dcos-pkgpanda-api",
    "dcos-diagnostics", "dcos-diagnostics.socket",
  ]
  static let master1_11: Set = [
    "dcos-exhibitor", "dcos-mesos-master", "dcos-mesos-dns", "dcos-marathon", "dcos-metronome",
    "dcos-cosmos", "dcos-adminrouter", "dcos-oauth", "dcos-history", "dcos-log-master",
    "dcos-log-master.socket", "dcos-logrotate-master", "dcos-logrotate-master.timer",
    "dcos-metrics-master", "dcos-metrics-master.socket", "dcos-signal", "dcos-signal.timer",
  ]
  static let agent1_11: Set = [
    "dcos-mesos-slave", "dcos-adminrouter-agent", "dcos-rexray", "dcos-docker-gc",
    "dcos-docker-gc.timer", "dcos-log-agent", "dcos-log-agent.socket", "dcos-logrotate-agent",
    "dcos-logrotate-agent.timer", "dcos-metrics-agent", "dcos-metrics-agent.socket",
  ]

  @Test func unitsOf1_11() {
    let version = DCOSVersion(1, 11, 2)
    #expect(units(.master, version) == Self.everywhere1_11.union(Self.master1_11))
    #expect(units(.agent, version) == Self.everywhere1_11.union(Self.agent1_11))
    let pub = Self.agent1_11.subtracting(["dcos-mesos-slave"]).union(["dcos-mesos-slave-public"])
    #expect(units(.publicAgent, version) == Self.everywhere1_11.union(pub))
    #expect(units(.bootstrap, version).isEmpty)
  }

  @Test func unitsThatLaterReleasesAddAndDrop() {
    func change(_ old: DCOSVersion, _ new: DCOSVersion, _ role: NodeRole) -> [Set<String>] {
      let (before, after) = (units(role, old), units(role, new))
      return [after.subtracting(before), before.subtracting(after)]
    }
    let telegraf: Set = [
      "dcos-checks-api", "dcos-checks-api.socket", "dcos-telegraf", "dcos-telegraf.socket",
    ]
    #expect(
      change(DCOSVersion(1, 11, 13), DCOSVersion(1, 12, 0), .agent) == [
        telegraf, ["dcos-metrics-agent", "dcos-metrics-agent.socket"],
      ])
    #expect(
      change(DCOSVersion(1, 12, 5), DCOSVersion(1, 13, 0), .master) == [
        [
          "dcos-fluent-bit", "dcos-bouncer", "dcos-bouncer-migrate-users", "dcos-cockroach",
          "dcos-cockroachdb-config-change", "dcos-cockroachdb-config-change.timer",
          "dcos-ui-update-service", "dcos-ui-update-service.socket",
        ], ["dcos-oauth"],
      ])
    let calico: Set = ["dcos-calico-bird", "dcos-calico-confd", "dcos-calico-felix"]
    #expect(
      change(DCOSVersion(2, 0, 6), DCOSVersion(2, 1, 0), .master) == [
        calico.union(["dcos-etcd"]), ["dcos-history"],
      ])
    #expect(
      change(DCOSVersion(2, 0, 6), DCOSVersion(2, 1, 0), .publicAgent) == [
        calico.union(["dcos-calico-libnetwork-plugin", "dcos-mesos-slave-public.socket"]), [],
      ])
    #expect(
      change(DCOSVersion(2, 1, 2), DCOSVersion(2, 2, 0), .master) == [
        [], ["dcos-signal", "dcos-signal.timer"],
      ])
  }

  @Test func everyUnitOfAComponentIsInstalled() {
    for version in [DCOSVersion(1, 11, 0), DCOSVersion(1, 13, 9), DCOSVersion(2, 2, 1)] {
      for role in NodeRole.allCases {
        let installed = Set(DCOSUnit.list(for: role, version).map(\.name))
        for component in HealthComponent.list(for: role) where component.isOfDCOS {
          #expect(installed.isSuperset(of: component.units(for: role)), "\(component) \(version)")
        }
      }
    }
  }

  @Test func whereReleasesDiffer() {
    let broken = [(11, 11, 12), (12, 4, 5), (13, 3, 4)]
    for (minor, last, fixed) in broken {
      #expect(DCOSVersion(1, minor, last).misreadsDockerVersion)
      #expect(!DCOSVersion(1, minor, fixed).misreadsDockerVersion)
    }
    #expect(!DCOSVersion(2, 0, 0).misreadsDockerVersion)
    #expect(DCOSVersion(1, 13, 5).demandsNogroup && !DCOSVersion(1, 13, 6).demandsNogroup)
    #expect(DCOSVersion(1, 11, 11).demandsNogroup && !DCOSVersion(1, 11, 12).demandsNogroup)
    let start = [(1, 11, 2), (2, 0, 5), (2, 1, 0), (2, 0, 6), (2, 1, 2), (2, 2, 0)].map {
      DCOSVersion($0.0, $0.1, $0.2).masterStart
    }
    #expect(
      start == [.allMasters, .allMasters, .allMasters, .majority, .localServer, .localServer])
  }
}
