package import ForgeModel

/// What has to happen to a node's machine: the total table of wanted against observed.
package enum MachineTransition: Hashable, Sendable {
  /// It runs as wanted.
  case keep
  /// There is none.
  case create
  /// It is ours, was cut off before it ever answered or only makes a prepared layer, and is made
  /// again: nothing on it is of worth; why.
  case remake(DomainRecord, String)
  /// It is ours and does not run; the changes of the file become true when it starts.
  case start(DomainRecord.State, [MachineChange])
  /// It is of an earlier generation: a wipe was decided and has not come to its end.
  case replace(DomainRecord)
  /// It is ours, but made from other values than the file now has.
  case changed([MachineChange])
  /// The name is taken by something that does not carry our mark.
  case foreign(DomainRecord)

  /// Compares the mark that a node's domain should carry with what stands in its place.
  init(wanted: OwnershipMark, found: ClusterIdentity.Place) {
    switch found {
    case .empty: self = .create
    case .foreign(let record): self = .foreign(record)
    case .ours(let record, let mark) where mark.generation < wanted.generation:
      self = .replace(record)
    case .ours(let record, let mark):
      if let why = record.whyUnusable {
        self = .remake(record, why)
        return
      }
      let changes = MachineChange.changes(from: mark, to: wanted)
      switch (record.state, changes.map(\.need).max()) {
      case (.running, nil): self = .keep
      case (.shutoff, .restart), (.crashed, .restart), (_, nil):
        self = .start(record.state, changes)
      default: self = .changed(changes)
      }
    }
  }

  /// Whether the machine will be made again.
  package var makes: Bool {
    switch self {
    case .create, .remake, .replace: true
    case .keep, .start, .changed, .foreign: false
    }
  }

  /// Whether a disk on the base image will be opened.
  var needsImage: Bool { if case .start = self { true } else { makes } }
}

extension DomainRecord {
  /// Why nothing on a machine of ours is of worth; nil when something may be.
  package var whyUnusable: String? {
    guard let mark else { return nil }
    if mark.preparesLayer { return "the making of a prepared layer was cut off" }
    let isTorn = !mark.hasAnswered && (state == .shutoff || state == .crashed)
    return isTorn ? "its first boot was cut off" : nil
  }
}

extension Blueprint {
  /// What has to happen to a node's machine.
  package func transition(_ node: NodeSpec, among domains: [DomainRecord]) -> MachineTransition {
    MachineTransition(wanted: mark(node), found: identity.place(of: node, among: domains))
  }
}
