import ForgeSupport
package import ForgePorts
package import ForgeNodeProtocol
package import ForgeModel

/// A change in a simulated world, or an exchange with it.
package struct WorldEvent: Hashable, Sendable, CustomStringConvertible {
  /// When it happened.
  package var moment: Moment
  package var kind: Kind

  package enum Kind: Hashable, Sendable {
    /// A run of dcosforge began (counted from 1).
    case runStarted(Int)
    /// A run of dcosforge was killed.
    case runKilled(Int)
    /// The hypervisor did something that changes it: libvirt's verb and the object's name.
    case hypervisor(verb: String, object: String)
    /// A hypervisor call failed.
    case hypervisorFailed(verb: String, object: String)
    /// A machine began to boot.
    case booting(NodeName)
    /// A machine's sshd answers.
    case listening(NodeName)
    /// A machine stopped.
    case powerOff(NodeName)
    /// A connection was opened.
    case connected(NodeName)
    /// A connection broke.
    case dropped(NodeName)
    /// A file arrived on a node.
    case uploaded(NodeName, path: String)
    /// A task began on a node.
    case taskStarted(NodeName, NodeTask)
    /// A task ended on a node.
    case taskFinished(NodeName, TaskKind, CommandResult.Status)
    /// Something on a node was changed by a task.
    case changed(NodeName, String)
    /// DC/OS on a node reached a state.
    case dcos(NodeName, DCOSState)
    /// The ensemble changed: its leader and its serving members, sorted.
    case ensemble(leader: NodeName?, serving: [NodeName])
    /// An Exhibitor looked at the ensemble: how many members it sees serving.
    case exhibitor(NodeName, serving: Int)
    /// The leading Mesos master changed.
    case mesosLeader(NodeName?)
    /// An agent registered with the leading master.
    case registered(NodeName)
    /// The leading master forgot an agent.
    case deregistered(NodeName)
    /// A planned fault struck.
    case fault(Fault)
  }

  /// One line: time, then what happened.
  package var description: String { "\(moment.sinceStart.wholeMilliseconds)ms \(kind.line)" }
}

extension WorldEvent.Kind {
  /// One line, the same in every process.
  var line: String {
    switch self {
    case .runStarted(let number): "run \(number) starts"
    case .runKilled(let number): "run \(number) is killed"
    case .hypervisor(let verb, let object): "hypervisor \(verb) \(object)"
    case .hypervisorFailed(let verb, let object): "hypervisor fails to \(verb) \(object)"
    case .booting(let node): "\(node) boots"
    case .listening(let node): "\(node) listens"
    case .powerOff(let node): "\(node) is off"
    case .connected(let node): "\(node) connected"
    case .dropped(let node): "\(node) connection lost"
    case .uploaded(let node, let path): "\(node) gets \(path)"
    case .taskStarted(let node, let task): "\(node) begins \(task.kind.rawValue)"
    case .taskFinished(let node, let kind, let status):
      "\(node) ends \(kind.rawValue) \(status.line)"
    case .changed(let node, let what): "\(node) changes \(what)"
    case .dcos(let node, let state): "\(node) DC/OS \(state.line)"
    case .ensemble(let leader, let serving):
      "ensemble leader \(leader?.description ?? "none") serving \(serving)"
    case .exhibitor(let node, let serving): "\(node) Exhibitor sees \(serving) serving"
    case .mesosLeader(let node): "Mesos leader \(node?.description ?? "none")"
    case .registered(let node): "\(node) registered"
    case .deregistered(let node): "\(node) deregistered"
    case .fault(let fault): "fault \(fault)"
    }
  }
}

extension CommandResult.Status {
  fileprivate var line: String {
    switch self {
    case .exited(let status): "status \(status)"
    case .signalled(let name): "signal \(name)"
    }
  }
}

extension DCOSState {
  fileprivate var line: String {
    switch self {
    case .absent: "absent"
    case .installing: "installing"
    case .installed(let role): "installed as \(role.rawValue)"
    case .broken(let detail): "broken: \(detail)"
    }
  }
}
