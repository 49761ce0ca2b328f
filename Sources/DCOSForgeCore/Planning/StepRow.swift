package import ForgeModel

/// What holds for every step of one kind.
package struct StepRow: Sendable {
  package let kind: StepKind
  /// What it is planned for.
  package let extent: Extent
  /// The stage it belongs to.
  package let stage: Stage
  /// The parallel limit that it counts against.
  package let lane: Lane
  /// How often it is tried.
  package let retry: RetryPolicy
  /// The longest it may take, all its attempts included.
  package let limit: @Sendable (LimitSpec) -> Duration
  /// Whether it changes something, or only looks and waits.
  package let changes: Bool
  /// The steps that must have succeeded.
  package let requires: [Wait]
  /// The steps that must have ended, well or not.
  package let after: [Wait]
  /// What is true when it has succeeded, as a clause for `docs/architecture.md`.
  package let endsWhen: String

  init(
    _ kind: StepKind, _ extent: Extent, stage: Stage, lane: Lane = .steps, retry: RetryPolicy,
    limit: @escaping @Sendable (LimitSpec) -> Duration, changes: Bool = true,
    requires: [Wait] = [], after: [Wait] = [], endsWhen: String
  ) {
    self.kind = kind
    self.extent = extent
    self.stage = stage
    self.lane = lane
    self.retry = retry
    self.limit = limit
    self.changes = changes
    self.requires = requires
    self.after = after
    self.endsWhen = endsWhen
  }

  /// What a kind of step is planned for.
  package enum Extent: Hashable, Sendable {
    /// The whole cluster: at most one step, without a node.
    case once
    /// Some or all of these nodes: a step for each.
    case each(Nodes)
  }

  /// Nodes, by what they are for.
  package enum Nodes: Sendable {
    case bootstrap, masters, agents
    /// The agents that are not public ones.
    case privateAgents
    /// All but the bootstrap node.
    case members
    /// All.
    case nodes
    /// Those that left the file.
    case departed

    /// Whether a node of the file belongs to them.
    package func contain(_ role: NodeRole) -> Bool {
      switch self {
      case .bootstrap: role == .bootstrap
      case .masters: role == .master
      case .agents: role.isAgent
      case .privateAgents: role == .agent
      case .members: role != .bootstrap
      case .nodes: true
      case .departed: false
      }
    }
  }

  /// Steps that are waited for, as far as they are planned.
  package enum Wait: Sendable {
    /// The same node's step of this kind, or the cluster's.
    case step(StepKind)
    /// The steps of all these nodes.
    case all(StepKind, of: Nodes)
    /// Those steps of these nodes that the planner picks; which, in words.
    case some(StepKind, of: Nodes, String)
    /// All steps of all other kinds but these.
    case everything(but: [StepKind])
  }
}

/// What steps compete for: the keys of `parallel` in the cluster file.
///
/// All steps together compete for `steps`.
package enum Lane: Sendable {
  case steps, machines, transfers, installs

  /// How many steps may run at once.
  package func limit(_ limits: ParallelSpec) -> Int {
    switch self {
    case .steps: limits.steps
    case .machines: limits.machines
    case .transfers: limits.transfers
    case .installs: limits.installs
    }
  }
}
