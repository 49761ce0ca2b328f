package import ForgeModel

/// Something about a cluster's objects that is not as dcosforge left it, with what repairs it.
package struct Problem: Hashable, Sendable {
  /// The kinds of problem, by the names that `repair` prints.
  package enum Kind: String, CaseIterable, Sendable {
    /// The domain exists and does not run.
    case machineStopped = "machine-stopped"
    /// There is no domain, although the cluster has others.
    case machineMissing = "machine-missing"
    /// A wipe was decided and has not come to its end.
    case wipeUnfinished = "wipe-unfinished"
    /// The domain's disk is not in the pool.
    case volumeMissing = "volume-missing"
    /// DC/OS's set-up was cut off, or is there for another role.
    case halfInstalled = "half-installed"
    /// The machine runs, but under another address than the planned one.
    case addressElsewhere = "address-elsewhere"
    /// The file wants a machine that is otherwise made.
    case machineChanged = "machine-changed"
    /// Something that is not ours has the name or UUID of an object of ours.
    case foreignObject = "foreign-object"
    /// The network is stopped, gone, or lacks a fixed host.
    case network
    /// The storage pool is stopped or gone.
    case pool
  }

  /// What repairs a problem.
  package enum Resolution: String, CaseIterable, Sendable {
    /// Starts what is stopped.
    case start
    /// Makes what is missing, and installs it.
    case make
    /// Cuts the machine's power and starts it again, so that it takes its planned address.
    case restart
    /// Makes the machine again, unless that would cost the quorum.
    case reimage
    /// Nothing that dcosforge does by itself; the advice says what.
    case byHand = "by-hand"
  }

  package var kind: Kind
  /// The node, or nil for what all share.
  package var node: NodeName?
  /// What was seen.
  package var seen: String
  /// What repairs it.
  package var resolution: Resolution
  /// What to do where dcosforge does nothing by itself.
  package var advice: String

  package init(
    _ kind: Kind, on node: NodeName? = nil, seen: String, _ resolution: Resolution,
    advice: String = ""
  ) {
    self.kind = kind
    self.node = node
    self.seen = seen
    self.resolution = resolution
    self.advice = advice
  }
}

extension Planner {
  /// What is not as dcosforge left it; empty where nothing of the cluster was ever made.
  ///
  /// `addresses` are those under which the hypervisor knows running machines that did not answer.
  package func problems(addresses: [NodeName: [IPv4Address]] = [:]) -> [Problem] {
    guard !blueprint.identity.owned(among: observed.domains).isEmpty || pool != nil else {
      return []
    }
    return sharedProblems
      + blueprint.wanted.spec.nodes.flatMap { nodeProblems(situation($0), addresses) }
  }

  private var sharedProblems: [Problem] {
    var problems = sharedRefusals.map {
      Problem(
        .foreignObject, seen: "\($0.subject): \($0.summary), \($0.observed)", .byHand,
        advice: $0.advice)
    }
    if problems.isEmpty, let reason = networkReason {
      problems.append(Problem(.network, seen: reason, .make))
    }
    if pool?.isActive != true {
      problems.append(
        Problem(.pool, seen: pool == nil ? "there is no pool" : "the pool is not active", .start))
    }
    return problems
  }

  private func nodeProblems(
    _ situation: Situation, _ addresses: [NodeName: [IPv4Address]]
  ) -> [Problem] {
    let node = situation.node
    if let (error, kind) = brokenRefusal(situation) {
      return [Problem(kind, on: node.name, seen: "\(error.summary): \(error.observed)", .reimage)]
    }
    switch situation.transition {
    case .create:
      return [Problem(.machineMissing, on: node.name, seen: "there is no domain", .make)]
    case .start(let state, _):
      return [
        Problem(.machineStopped, on: node.name, seen: "the domain is \(state.rawValue)", .start)
      ]
    case .remake(let record, let why):
      return [
        Problem(
          .machineStopped, on: node.name,
          seen: "the domain is \(record.state.rawValue), \(why)", .make)
      ]
    case .replace:
      return [
        Problem(
          .wipeUnfinished, on: node.name, seen: "its machine is of an earlier generation", .make)
      ]
    case .changed, .foreign:
      guard let error = machineRefusal(situation) else { return [] }
      let isForeign = if case .foreign = situation.transition { true } else { false }
      return [
        Problem(
          isForeign ? .foreignObject : .machineChanged, on: node.name, seen: error.observed,
          .byHand, advice: error.advice)
      ]
    case .keep:
      guard case .unreachable = situation.inside, let known = addresses[node.name],
        !known.isEmpty, !known.contains(node.address)
      else { return [] }
      let seen = known.map(\.description).joined(separator: ", ")
      return [
        Problem(
          .addressElsewhere, on: node.name, seen: "planned \(node.address), it is at \(seen)",
          .restart)
      ]
    }
  }
}
