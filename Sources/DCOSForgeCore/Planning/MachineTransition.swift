/// What has to happen to a node's machine: the total table of wanted against observed.
enum MachineTransition: Hashable, Sendable {
  /// It runs as wanted.
  case keep
  /// There is none.
  case create
  /// It is ours and as wanted, but does not run.
  case start(DomainRecord.State)
  /// It is ours, but made from other values than the file now has.
  case changed
  /// The name or the UUID is taken by something that does not carry our mark.
  case foreign(DomainRecord)

  /// Compares the mark that a node's domain should carry with what stands in its place.
  init(wanted: OwnershipMark, found: ClusterIdentity.Place) {
    switch found {
    case .empty: self = .create
    case .foreign(let record): self = .foreign(record)
    case .ours(_, let mark) where mark.fingerprint != wanted.fingerprint: self = .changed
    case .ours(let record, _): self = record.state == .running ? .keep : .start(record.state)
    }
  }
}

extension Blueprint {
  /// What has to happen to a node's machine.
  func transition(_ node: NodeSpec, among domains: [DomainRecord]) -> MachineTransition {
    MachineTransition(wanted: mark(node), found: identity.place(of: node, among: domains))
  }
}
