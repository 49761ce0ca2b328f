extension SimulatedCluster {
  /// No agent's installation begins before all masters have served under one leader.
  public static let agentsAwaitEnsemble: Observer = { event, world in
    guard case .taskStarted(let node, .install(let installation)) = event.kind,
      installation.role.isAgent, world.ensemble.firstComplete == nil
    else { return nil }
    return "DC/OS is installed on \(node) although the ensemble was never complete"
  }

  /// Only objects that carry the cluster's name are changed: what was planted as foreign stays as it is.
  public static func sparesForeign(domains names: Set<String>) -> Observer {
    { event, _ in
      guard case .hypervisor(_, let object) = event.kind, names.contains(object) else { return nil }
      return "somebody else's domain \(object) was changed"
    }
  }
}
