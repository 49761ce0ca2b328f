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

  /// Looks up the machine of one node among all domains of the hypervisor.
  init(wanted: DomainDefinition, among domains: [DomainRecord]) {
    guard let found = domains.first(where: { $0.uuid == wanted.uuid || $0.name == wanted.name })
    else {
      self = .create
      return
    }
    guard let mark = found.mark, mark.cluster == wanted.mark.cluster, mark.node == wanted.mark.node,
      found.uuid == wanted.uuid
    else {
      self = .foreign(found)
      return
    }
    guard mark.fingerprint == wanted.mark.fingerprint else {
      self = .changed
      return
    }
    self = found.state == .running ? .keep : .start(found.state)
  }
}
