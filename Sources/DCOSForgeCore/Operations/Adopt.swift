import ForgePorts
package import ForgePlanning
import ForgeNodeProtocol
package import ForgeModel
import ForgeKeys

/// Rebuilds a state folder that was lost, from the marks of the cluster's machines and from the
/// machines themselves.
///
/// Each node is taken over by itself: its host key comes into the folder, the folder's user key
/// goes onto the node, and last the node's mark names that key. So the next run ends what was cut
/// off in one.
package struct Adopt: Sendable {
  private let spec: ClusterSpec
  private let folder: StateFolder
  private let context: ForgeContext
  private let hasIdentity: Bool

  /// How long the reading of the host key, or the writing of the user's, may take.
  private static let taskTimeout = Duration.seconds(30)
  /// The largest host key file that is read.
  private static let keySizeLimit = 16 * 1024

  /// Makes the operation.
  ///
  /// The context's shell logs in with an operator's own key (`hasIdentity`), or else with the
  /// folder's user key.
  package init(
    _ spec: ClusterSpec, folder: StateFolder, context: ForgeContext, hasIdentity: Bool
  ) {
    self.spec = spec
    self.folder = folder
    self.context = context
    self.hasIdentity = hasIdentity
  }

  /// What there is to adopt.
  package struct Prepared: Sendable {
    /// A step for each node of which the folder or the mark lacks something.
    package let plan: Plan
    fileprivate let userLine: String
    fileprivate let machines: [Machine]
  }

  /// A node's own domain, and what the folder has of it.
  fileprivate struct Machine: Sendable {
    /// The node, at the address that its machine was made with.
    var node: NodeSpec
    var record: DomainRecord
    var mark: OwnershipMark
    /// The 32 bytes of the host key in the mark; nil when there is none.
    var hostKey: [UInt8]?
    /// The host key and the generation are in the folder.
    var isHere: Bool
    /// The mark names the folder's user key.
    var knowsUser: Bool

    var isTorn: Bool { record.whyUnusable != nil }
    var fingerprint: String { hostKey.map(HostKey.fingerprint) ?? "unknown" }

    /// What is missing, in words; nil when nothing is.
    var lack: String? {
      if isTorn { return isHere ? nil : "generation \(mark.generation) is not here" }
      let lacks =
        (isHere ? [] : ["generation \(mark.generation), host key \(fingerprint) is not here"])
        + (knowsUser ? [] : ["its mark names another user key"])
      return lacks.isEmpty ? nil : lacks.joined(separator: "; ")
    }
  }

  // MARK: looking

  /// Compares the folder with the marks; makes keys that the folder lacks and changes nothing else.
  ///
  /// Throws category `refused` when no domain carries the cluster's mark, and `configuration` when
  /// no key is at hand that nodes may let in.
  package func prepare() async throws(ForgeError) -> Prepared {
    let domains = try await context.hypervisor.domains()
    let identity = ClusterIdentity(spec)
    guard !identity.owned(among: domains).isEmpty else {
      throw ForgeError(
        .refused, "there is nothing to adopt", on: spec.name,
        observed: "no domain at \(spec.hypervisor.uri) carries the cluster's mark",
        advice: "check cluster and hypervisor.uri in the cluster file; dcosforge up makes it",
        disposition: .final)
    }
    let keys = try folder.keys(for: spec).all
    let machines = spec.nodes.compactMap { machine(of: $0, identity, domains, keys) }
    let lacking = machines.filter { $0.lack != nil }
    guard
      hasIdentity || machines.contains(where: \.knowsUser) || lacking.allSatisfy(\.isTorn)
    else {
      throw ForgeError(
        .configuration, "no key is at hand that its nodes let in", on: spec.name,
        observed: "their marks name another user key than that of \(folder.path)",
        advice:
          "name the private key of one of ssh.authorized_keys: dcosforge adopt --identity FILE")
    }
    let steps = lacking.map { machine in
      PlannedStep(
        StepID(.adopt, machine.node.name), reason: machine.lack ?? "",
        limit: StepKind.adopt.row.limit(spec.limits))
    }
    let plan = Plan(steps: steps, warnings: warnings(identity, domains, keys))
    return Prepared(plan: plan, userLine: keys.userPublicLine, machines: machines)
  }

  /// A node's machine; nil without one, and where a wipe of it was decided here and is not at its
  /// end.
  private func machine(
    of node: NodeSpec, _ identity: ClusterIdentity, _ domains: [DomainRecord], _ keys: ClusterKeys
  ) -> Machine? {
    guard case .ours(let record, let mark) = identity.place(of: node, among: domains),
      let host = keys.hosts[node.name], host.generation <= mark.generation
    else { return nil }
    var there = node
    there.address = mark.address
    let hostKey = mark.parts[.hostKey].flatMap(HostKey.publicKey)
    var machine = Machine(
      node: there, record: record, mark: mark, hostKey: hostKey,
      isHere: host.generation == mark.generation,
      knowsUser: mark.parts[.userKey] == Blueprint.userKeyPart(keys.userPublicLine))
    if !machine.isTorn {
      machine.isHere = machine.isHere && host.key.publicBytes == hostKey
    }
    return machine
  }

  /// What the operator should know of nodes that there is nothing to adopt of.
  private func warnings(
    _ identity: ClusterIdentity, _ domains: [DomainRecord], _ keys: ClusterKeys
  ) -> [String] {
    let departed = identity.departed(among: domains).map {
      "\($0.mark.node) is not in the file: domain \($0.record.name) stays as it is"
    }
    return departed
      + spec.nodes.compactMap { node in
        switch identity.place(of: node, among: domains) {
        case .empty: "\(node.name) has no machine: up makes it"
        case .foreign(let record): "\(node.name): domain \(record.name) is not ours"
        case .ours(_, let mark) where mark.generation < keys.hosts[node.name]?.generation ?? 1:
          "\(node.name) is being wiped: up goes on with that"
        case .ours: nil
        }
      }
  }

  // MARK: adopting

  /// Adopts what is prepared, all nodes at once within the file's limits, and closes the
  /// connections.
  ///
  /// What fails on a node is in the report. `show` gets the plan before its first step runs.
  package func run(
    _ prepared: Prepared, show: @Sendable (Plan) -> Void = { _ in }
  ) async throws(ForgeError) -> RunReport {
    show(prepared.plan)
    let connections = NodeConnections(spec, keys: prepared.plannedKeys, shell: context.shell)
    let report = await Engine.run(prepared.plan, of: spec, as: "adopt", context) {
      (step, _) async throws(ForgeError) in
      guard let machine = prepared.machines.first(where: { $0.node.name == step.id.node }) else {
        throw ForgeError(
          .internalFault, "is planned for no machine", on: step.id.description, disposition: .final)
      }
      return try await adopt(machine, prepared.userLine, connections)
    }
    await connections.close()
    _ = try folder.keys(for: spec)  // known_hosts follows
    return report
  }

  private func adopt(
    _ machine: Machine, _ userLine: String, _ connections: NodeConnections
  ) async throws(ForgeError) -> StepOutcome {
    let name = machine.node.name
    if machine.isTorn {
      try folder.retire([name: machine.mark.generation])
      return .changed("was cut off before it was of worth: up makes it again")
    }
    guard machine.record.state == .running else { throw off(machine) }
    guard machine.hostKey != nil else {
      throw ForgeError(
        .refused, "its mark does not hold its host key", on: name.description,
        advice: "reimage it: dcosforge wipe \(name)", disposition: .final)
    }
    do throws(ForgeError) {
      var done = ["generation \(machine.mark.generation), host key \(machine.fingerprint)"]
      if !machine.isHere {
        let key = try await hostKey(of: machine, connections)
        try folder.adopt(key, of: name, generation: machine.mark.generation)
      }
      if !machine.knowsUser {
        done.append(try await authorize(userLine, on: machine, connections))
      }
      return .changed(done.joined(separator: ", "))
    } catch {
      throw error.category == .unreachable ? advised(error, machine) : error
    }
  }

  /// The machine's host key: from the folder where it is there already, else from the node.
  private func hostKey(
    of machine: Machine, _ connections: NodeConnections
  ) async throws(ForgeError) -> KeyPair {
    let name = machine.node.name
    if let kept = folder.hostKey(of: name, generation: machine.mark.generation),
      kept.publicKey == machine.hostKey
    {
      return kept
    }
    let bytes = try await connections.with(machine.node) { (node) async throws(ForgeError) in
      try await node.download(
        HostKey.privatePath, limit: Self.keySizeLimit, timeout: Self.taskTimeout)
    }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let key = try? KeyPair(privateKeyFile: text), key.publicKey == machine.hostKey else {
      throw ForgeError(
        .refused, "its host key file is not of the key that its mark holds", on: name.description,
        observed: "\(HostKey.privatePath), mark \(machine.fingerprint)",
        advice: "find out who changed it; dcosforge wipe \(name) makes the node again",
        disposition: .final)
    }
    return key
  }

  /// Lets the folder's user key in, and then says so in the mark.
  private func authorize(
    _ line: String, on machine: Machine, _ connections: NodeConnections
  ) async throws(ForgeError) -> String {
    let result = try await connections.run(
      .authorize(key: line, account: spec.ssh.user), on: machine.node, timeout: Self.taskTimeout)
    let report = try AuthorizeReport(result, on: machine.node.name)
    var mark = machine.mark
    mark.parts[.userKey] = Blueprint.userKeyPart(line)
    try await context.hypervisor.setMark(mark, uuid: machine.record.uuid)
    return report.isNew ? "user key let in" : "user key known"
  }

  // MARK: what stands in the way

  private func off(_ machine: Machine) -> ForgeError {
    ForgeError(
      .unreachable, "its machine does not run", on: machine.node.name.description,
      observed: "domain \(machine.record.name) is \(machine.record.state.rawValue)",
      advice: "virsh -c \(spec.hypervisor.uri) start \(machine.record.name), then adopt again; "
        + "or give it up: dcosforge wipe \(machine.node.name)", disposition: .final)
  }

  private func advised(_ error: ForgeError, _ machine: Machine) -> ForgeError {
    guard error.disposition == .retry else { return error }
    var error = error
    error.advice =
      "see that it runs and lets "
      + (hasIdentity ? "the key of --identity" : "the state folder's user key (or name --identity)")
      + " in as \(spec.ssh.user), then adopt again; "
      + "or give it up: dcosforge wipe \(machine.node.name)"
    return error
  }
}

extension Adopt.Prepared {
  /// The host keys that the machines must show: those of their marks.
  fileprivate var plannedKeys: ClusterKeys {
    var keys = ClusterKeys(userPublicLine: userLine, hosts: [:])
    for machine in machines {
      guard let key = machine.hostKey else { continue }
      keys.hosts[machine.node.name] = ClusterKeys.Host(
        key: .init(privateText: "", publicLine: HostKey.line(of: key), publicBytes: key),
        generation: machine.mark.generation)
    }
    return keys
  }
}
