package import ForgeNodeProtocol
package import ForgeModel
package import ForgeDCOS

/// Something that goes wrong in a simulated world.
package enum Fault: Hashable, Sendable {
  /// The n-th call of the hypervisor (counted from 1, listing calls included) loses its connection.
  ///
  /// With `afterEffect` the call has done its work, which the caller cannot know.
  case hypervisorCall(Int, afterEffect: Bool)
  /// The n-th upload of a volume is cut off in the middle.
  case uploadCut(Int)
  /// The node's sshd refuses so many connections.
  case connectionRefused(NodeName, times: Int)
  /// The connection breaks in the middle of the n-th command or transfer on the node, counted from
  /// 1.
  case connectionDropped(NodeName, atCommand: Int)
  /// The machine reboots in the middle of the first such task.
  case reboot(NodeName, during: TaskKind)
  /// The first boot takes that much longer.
  case slowBoot(NodeName, by: Duration)
  /// The machine loses its power that long after the world's beginning.
  case powersOff(NodeName, at: Duration)
  /// The n-th volume that is made finds the hypervisor's disk full, counted from 1; then there is
  /// room again.
  case diskFull(atVolume: Int)
  /// The machine never comes up.
  case neverBoots(NodeName)
  /// The machine does not go down when it is asked to.
  case neverPowersOff(NodeName)
  /// Cloud-init ends with an error.
  case cloudInitFails(NodeName)
  /// The node shows another host key than the planned one.
  case wrongHostKey(NodeName)
  /// The ports 2181, 2888 and 3888 of a master are blocked from outside.
  case portsBlocked(NodeName)
  /// The clock stays unsynchronised.
  case clockNeverSyncs(NodeName)
  /// Putting prerequisites right fails so many times; nil for ever.
  case prerequisiteFails(NodeName, times: Int?)
  /// ip-detect prints this instead of the address.
  case wrongDetectedIP(NodeName, String)
  /// `dcos_generate_config.sh` rejects a parameter.
  case generationRejected(parameter: String, message: String)
  /// DC/OS's preflight fails with this check.
  case preflightFails(NodeName, check: String)
  /// `dcos_install.sh` fails once half-way; the next run goes on.
  case installFails(NodeName)
  /// `dcos_install.sh` fails and leaves traces that only a wipe removes.
  case installBreaks(NodeName)
  /// The agent never registers with the leading master.
  case neverRegisters(NodeName)
  /// A component of the node stays unhealthy.
  case neverHealthy(NodeName)
  /// A component of the node fails: its units stop and what they serve is refused.
  case componentFails(NodeName, HealthComponent)
  /// When its health is read, the node prints this record in place of its own of that kind; empty
  /// JSON leaves the record out, as what hangs does.
  case reports(NodeName, record: String, json: String)
  /// The leading Mesos master does not take one call of an operator.
  case callRefused
  /// After the first election a second master claims to lead for that long.
  case twoLeaders(lasting: Duration)
  /// The Exhibitors see one member as not serving for that long after the first election.
  case exhibitorDisagrees(lasting: Duration)
  /// The ensemble elects again so many times, each time that long after it was complete.
  case leaderFlaps(times: Int, after: Duration)
}

/// The kinds of ``NodeTask``, without their values.
package enum TaskKind: String, CaseIterable, Sendable {
  /// An operator's own command.
  case shell
  /// Waiting for cloud-init.
  case awaitCloudInit = "await-cloud-init"
  case facts
  case configureTime = "configure-time"
  /// Reading the clock.
  case clock
  /// Bringing the prerequisites.
  case prepare
  /// Running ip-detect.
  case detectIP = "detect-ip"
  /// Reading a file's checksum.
  case checksum
  /// Generating the installation.
  case generate
  case serve
  /// Fetching what is served.
  case fetchServed = "fetch-served"
  /// DC/OS's preflight.
  case preflight
  /// Installing DC/OS.
  case install
  /// Reading the ensemble.
  case readQuorum = "read-quorum"
  /// Reading the list of agents.
  case listAgents = "list-agents"
  /// A call that changes something on the leading Mesos master.
  case callMesos = "call-mesos"
  case readHealth = "read-health"
  case readLogs = "read-logs"
  case collectEvidence = "collect-evidence"
  /// Asking the cluster.
  case ask
  /// Sealing the disk.
  case seal
  /// Letting a key log in.
  case authorize
}

extension NodeTask {
  /// The task's kind.
  package var kind: TaskKind {
    switch self {
    case .shell: .shell
    case .awaitCloudInit: .awaitCloudInit
    case .facts: .facts
    case .configureTime: .configureTime
    case .clock: .clock
    case .prepare: .prepare
    case .detectIP: .detectIP
    case .checksum: .checksum
    case .generate: .generate
    case .serve: .serve
    case .fetchServed: .fetchServed
    case .preflight: .preflight
    case .install: .install
    case .readQuorum: .readQuorum
    case .listAgents: .listAgents
    case .callMesos: .callMesos
    case .readHealth: .readHealth
    case .readLogs: .readLogs
    case .collectEvidence: .collectEvidence
    case .ask: .ask
    case .seal: .seal
    case .authorize: .authorize
    }
  }
}

/// The faults of one simulated world.
package struct FaultPlan: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// The faults that have not happened yet, or that last.
  package var faults: [Fault]

  /// Makes a plan of these faults.
  package init(_ faults: [Fault]) { self.faults = faults }
  /// Makes a plan of these faults.
  package init(arrayLiteral elements: Fault...) { faults = elements }

  /// Nothing goes wrong.
  package static let none: FaultPlan = []
}
