import ForgeNodeProtocol
import ForgeSupport
import ForgePorts
import ForgePlanning
package import ForgeModel
package import ForgeEvents

/// The invariants that every run on a simulated world keeps, whatever goes wrong there;
/// docs/rehearsal.md says each and the event at which it is checked.
///
/// Watches a world and the events of the runs on it. The first violation is the world's violation:
/// it ends the simulation that is under way.
package final class Invariants: Sendable {
  /// What a run is there to do, which decides what it may change.
  package enum Act: Hashable, Sendable {
    /// Bringing the cluster up; on these nodes only, unless that is nil.
    case up(changing: Set<NodeName>?)
    /// Making these nodes again.
    case wipe(Set<NodeName>)
    case destroy
  }

  private let state: Locked<InvariantState>

  /// Makes the invariants for a cluster; `secret` stands in every private key of it and nowhere
  /// else.
  package init(_ spec: ClusterSpec, secret: String) {
    state = Locked(InvariantState(spec, secret: secret))
  }

  /// Makes the invariants with what is known of a cluster already.
  package init(knowing state: InvariantState) {
    var state = state
    state.checks = 0
    self.state = Locked(state)
  }

  /// What is known of the simulation run so far.
  package var knowledge: InvariantState { state.withLock(\.self) }

  /// Watches a world from now on; what stands there already is foreign.
  package func watch(_ cluster: SimulatedCluster) {
    let world = cluster.state
    state.withLock { $0.foreign = ForeignObjects(world) }
    evaluate(cluster)
  }

  /// Evaluates what happens in a world from now on.
  package func evaluate(_ cluster: SimulatedCluster) {
    cluster.observe { [state] event, world in
      state.withLock { $0.evaluate(event, world) }
    }
  }

  /// Says what the coming run is there to do, and the UUID of the lease that it takes; nil for a
  /// run that needs none.
  package func begin(_ act: Act, lease: String? = nil) {
    state.withLock { state in
      state.begin(act)
      state.lease = lease
    }
  }

  /// Evaluates an event of the run that is under way; events of a run that is over are nobody's.
  package func receive(_ event: Event, on cluster: SimulatedCluster) {
    cluster.change { world in
      guard world.isRunAlive, world.violation == nil else { return }
      if let violation = state.withLock({ $0.evaluate(event, world) }) {
        world.violation = violation
      }
    }
  }

  /// What is wrong after a run that was not killed; nil when nothing is.
  package func inspectEnd(_ cluster: SimulatedCluster) -> String? {
    cluster.read { world in state.withLock { $0.leaseLeft(in: world) } }
  }

  /// What is wrong between two runs; nil when nothing is.
  package func inspect(_ cluster: SimulatedCluster) -> String? {
    cluster.read { world in state.withLock { $0.inspect(world) } }
  }

  /// What is left of the cluster on the hypervisor; nil when nothing is.
  package func leftovers(_ cluster: SimulatedCluster) -> String? {
    cluster.read { world in state.withLock { $0.leftovers(world) } }
  }

  /// How many checks were made.
  package var checks: Int { state.withLock { $0.checks } }
}

/// What the invariants know of a simulation run so far.
package struct InvariantState: Sendable {
  let spec: ClusterSpec
  let identity: ClusterIdentity
  let secret: [UInt8]
  let poolName: String
  let poolUUID: String
  let networkUUID: String
  /// The nodes by the names of their domains.
  let nodesByDomain: [String: NodeSpec]

  private(set) var act = Invariants.Act.up(changing: nil)
  /// The nodes that a wipe set out to make again, until the cluster is healthy: the next `up` goes
  /// on with it.
  private(set) var going: Set<NodeName> = []
  /// The lease that the run must hold for what it changes.
  var lease: String?
  var foreign = ForeignObjects()
  var checks = 0
  /// How many changes the world counted at the last event.
  var changes = 0
  /// All domains as they were after the last event of the hypervisor.
  private var domains: [String: SimulatedWorld.Domain] = [:]
  /// The marks of all domains that were defined.
  var defined: Set<OwnershipMark> = []
  /// The disks whose machines are marked as having answered.
  var answered: Set<String> = []
  /// The disks on which DC/OS's installer started and has not been undone.
  var installing: Set<String> = []
  /// The run whose gate opened, and the disks of the masters that it proved.
  var proof: (run: Int, disks: [String?])?
  /// The disks of the masters that a gate has ever opened over.
  var proved: Set<String> = []
  /// When the ensemble was complete last.
  var lastComplete: Moment?
  var wasComplete = false
  /// When something last happened to a machine that was not our doing.
  var lastDisturbance = Moment(sinceStart: .zero)
  var running: [StepID: StepUnderWay] = [:]
  var command = ""
  /// Whether the run has reported that every component is well.
  var reportedHealthy = false

  struct StepUnderWay: Sendable {
    var began: Duration
    var limit: Duration
  }

  init(_ spec: ClusterSpec, secret: String) {
    self.spec = spec
    self.secret = Array(secret.utf8)
    let identity = ClusterIdentity(spec)
    self.identity = identity
    poolName = identity.pool.name
    poolUUID = identity.pool.uuid
    networkUUID = identity.networkUUID
    nodesByDomain = Dictionary(spec.nodes.map { (identity.domainName($0), $0) }) { one, _ in one }
  }

  mutating func begin(_ act: Invariants.Act) {
    self.act = act
    if reportedHealthy { going = [] }
    if case .wipe(let nodes) = act { going.formUnion(nodes) }
  }

  /// A node's domain in the world, by its name: whether it is ours is another question.
  func domain(_ node: NodeName, _ world: SimulatedWorld) -> SimulatedWorld.Domain? {
    let name = "\(spec.name)-\(node)"
    return world.domains.values.first { $0.record.name == name }
  }

  /// The domain of that name as it was before the event.
  func former(_ name: String) -> SimulatedWorld.Domain? {
    domains.values.first { $0.record.name == name }
  }

  /// The invariant that a world's event breaks, in words.
  mutating func evaluate(_ event: WorldEvent, _ world: SimulatedWorld) -> String? {
    checks += 1
    defer { note(event, world) }
    let isChange = world.changes != changes
    if isChange, let violation = unlocked(event, world) { return violation }
    switch event.kind {
    case .hypervisor(let verb, let object):
      return ownership(of: object, verb, world) ?? once(verb, object, world)
        ?? quorum(verb, object, world) ?? layer(verb, object, world) ?? foreign.violation(in: world)
        ?? secrets(in: object, world)
        ?? (isChange ? idle(object) : nil)
    case .uploaded(let node, let path):
      return ownership(of: node, world) ?? secrets(in: path, on: node, world)
        ?? (isChange ? idle(node) : nil)
    case .powerOff(let node): return diskGone(under: node, world)
    case .deregistered(let node): return isChange ? idle(node) : nil
    case .changed(let node, _):
      return ownership(of: node, world) ?? (isChange ? idle(node) : nil)
    case .dcos(let node, .installing):
      return ownership(of: node, world) ?? installedOnce(node, world)
        ?? (isChange ? idle(node) : nil)
    case .taskStarted(let node, let task):
      return gate(node, task, world) ?? unchecked(node, task, world) ?? secrets(in: task)
    default: return nil
    }
  }

  /// Keeps what later events are evaluated by.
  private mutating func note(_ event: WorldEvent, _ world: SimulatedWorld) {
    changes = world.changes
    switch event.kind {
    case .hypervisor:
      for (uuid, domain) in world.domains
      where domain.record.mark?.hasAnswered == true && domain != domains[uuid] {
        if let definition = domain.definition {
          answered.insert(SimulatedWorld.diskKey(definition))
        }
      }
      domains = world.domains
    case .runStarted, .runKilled:
      running = [:]
      proof = nil
    case .booting: lastDisturbance = event.moment
    case .powerOff: lastDisturbance = event.moment
    case .fault(let fault):
      lastDisturbance = event.moment
      if case .installFails(let node) = fault, let disk = world.node(node)?.disk {
        installing.remove(disk)
      }
    case .dcos(let node, let state):
      guard let disk = world.node(node)?.disk else { break }
      if state == .installing { installing.insert(disk) }
      if state == .absent { installing.remove(disk) }
    default: break
    }
    if wasComplete || world.ensemble.isComplete { lastComplete = event.moment }
    wasComplete = world.ensemble.isComplete
  }

  /// What is wrong between two runs.
  mutating func inspect(_ world: SimulatedWorld) -> String? {
    checks += 1
    return foreign.violation(in: world)
  }
}
