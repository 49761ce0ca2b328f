package import ForgeModel

/// The stages of `up`, in order; `--until` names one.
package enum Stage: String, CaseIterable, Sendable, Comparable {
  /// Network, storage, machines that answer over SSH.
  case machines
  /// Time, packages, Docker, settings, ip-detect proved.
  case prerequisites
  /// DC/OS generated, served and fetched.
  case bootstrap
  /// DC/OS's own preflight on every node.
  case preflight
  /// DC/OS on all masters.
  case masters
  /// The ZooKeeper quorum proved.
  case quorum
  /// DC/OS on all agents, each listed by the leader.
  case agents
  /// Every component answers well.
  case health

  /// Orders by the course of a run.
  package static func < (one: Stage, other: Stage) -> Bool { one.ordinal < other.ordinal }

  private var ordinal: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// The kinds of step that runs are made of.
///
/// A closed list, in the order of a run.
package enum StepKind: String, CaseIterable, Sendable {
  /// A machine's host key and generation are in the state folder, and its user key on the node; no
  /// step of `up`.
  case adopt
  /// The libvirt network with its fixed hosts.
  case network
  /// The storage pool.
  case pool
  /// The base image in the pool, named by its SHA-256.
  case baseImage = "base-image"
  /// The tasks of an agent that will be made again have ended, and the leader lists it no more.
  case drain
  /// The masters that stay are proved to keep the quorum without the node.
  case quorumGuard = "quorum-guard"
  /// What is left of a node's machine of an earlier generation, gone.
  case remove
  /// A disk with the prerequisites, which those of machines made later stand on.
  case preparedLayer = "prepared-layer"
  /// Overlay, seed and domain of one node, started.
  case machine
  /// SSH answers with the planned host key and cloud-init is done.
  case reachable
  /// The clock is configured and synchronised.
  case time
  /// The prerequisites of DC/OS.
  case prerequisites
  /// ip-detect answers exactly the planned address.
  case ipDetect = "ip-detect"
  /// genconf and installer on the bootstrap node, `dcos_generate_config.sh` run.
  case generate
  /// The nginx container.
  case serve
  /// The served files arrive on the node.
  case fetch
  /// DC/OS's own preflight and ours.
  case preflight
  /// `dcos_install.sh` on a master.
  case installMaster = "install-master"
  /// The ZooKeeper quorum is proved.
  case quorum
  /// `dcos_install.sh` on an agent.
  case installAgent = "install-agent"
  /// The leader lists the agent.
  case join
  /// An agent that left the file, drained and gone.
  case retire
  /// Every component answers well.
  case health
}

/// Names a step: its kind and, unless it is the whole cluster's, its node.
package struct StepID: Hashable, Sendable, CustomStringConvertible {
  package var kind: StepKind
  /// The node, or nil for a step of the whole cluster.
  package var node: NodeName?

  package init(_ kind: StepKind, _ node: NodeName? = nil) {
    self.kind = kind
    self.node = node
  }

  /// `install-agent lxb001`, or the kind alone.
  package var description: String {
    node.map { "\(kind.rawValue) \($0)" } ?? kind.rawValue
  }
}
