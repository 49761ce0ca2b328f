import ForgeEvents
import ForgeSupport
import ForgeRendering
import ForgePorts
import ForgePlanning
import ForgeNodeProtocol
import ForgeModel

extension StepRunner {
  private var hypervisor: any Hypervisor { context.hypervisor }

  func network() async throws(ForgeError) -> StepOutcome {
    guard let network = blueprint.network else { return .unchanged("the host's bridge is used") }
    try await hypervisor.ensureNetwork(network)
    return .changed("\(network.name) \(network.cidr), \(network.hosts.count) fixed hosts")
  }

  func pool() async throws(ForgeError) -> StepOutcome {
    try await hypervisor.ensurePool(blueprint.pool)
    return .changed("\(blueprint.pool.name) at \(blueprint.pool.path)")
  }

  func baseImage(_ id: StepID) async throws(ForgeError) -> StepOutcome {
    // The plan did not see into a pool that stood still; machines' disks stand on the image.
    guard try await volumes()?.contains(blueprint.baseVolume.name) != true else {
      return .unchanged("is in the pool")
    }
    let image = blueprint.wanted.image
    let total = image.content.count
    try await upload(
      blueprint.baseVolume, from: image.content, progress: reportingTenths(of: total, id))
    return .changed("uploaded \(ByteCount(bytes: total).rounded)")
  }

  /// Makes a node's machine from nothing, or starts the one there is.
  func machine(_ id: StepID, _ node: NodeSpec) async throws(ForgeError) -> StepOutcome {
    let domain = blueprint.domain(node, usesKVM: usesKVM)
    let domains = try await hypervisor.domains()
    switch blueprint.transition(node, among: domains) {
    case .keep: return .unchanged("runs")
    case .start(_, let changes):
      if try await volumes()?.contains(domain.seedVolume) == false {
        try await makeSeed(domain, for: node)
      }
      if !changes.isEmpty {
        var changed = answered(domain)
        let own = blueprint.identity.domain(of: node.name, among: domains)
        changed.mark.awaitsProof = own?.mark.awaitsProof ?? false
        try await hypervisor.defineDomain(changed)
      }
      try await hypervisor.startDomain(uuid: domain.uuid)
      return .changed(
        changes.isEmpty
          ? "started" : "started with " + changes.map(\.description).joined(separator: ", "))
    case .replace, .changed, .foreign:
      throw Self.changedSincePlan(node)
    case .remake(let record, _): try await removeUnanswered(record, node)
    case .create: break
    }
    let there = try await volumes() ?? []
    // A console log was written by a machine that ran: somebody else undefined its domain.
    if ClusterIdentity.volumes(of: node.name, generation: blueprint.generation(node))
      .allSatisfy(there.contains)
    {
      try await hypervisor.defineDomain(answered(domain))
      try await hypervisor.startDomain(uuid: domain.uuid)
      return .changed("defined again over its own disk")
    }
    let disk = blueprint.diskVolume(node, among: there)
    try await make(domain, over: disk, for: node, id)
    return .changed(
      (usesKVM ? "created, KVM" : "created, emulated")
        + (disk.backing == blueprint.baseVolume.name ? "" : ", from the prepared layer"))
  }

  static func changedSincePlan(_ node: NodeSpec) -> ForgeError {
    ForgeError(
      .refused, "its domain changed since the plan was made", on: node.name.description,
      advice: "run plan again", disposition: .final)
  }

  /// Makes a machine from nothing and starts it.
  func make(
    _ domain: DomainDefinition, over disk: VolumeDefinition, for node: NodeSpec, _ id: StepID
  ) async throws(ForgeError) {
    progress(id, "disks")
    // Without a domain, volumes of this generation are what a run that was killed left.
    try await hypervisor.deleteVolume(disk.name, in: domain.pool)
    try await hypervisor.createVolume(disk, in: domain.pool)
    try await makeSeed(domain, for: node)
    progress(id, "domain")
    try await hypervisor.defineDomain(domain)
    try await hypervisor.startDomain(uuid: domain.uuid)
  }

  private func makeSeed(_ domain: DomainDefinition, for node: NodeSpec) async throws(ForgeError) {
    let seed = try await context.buildSeed(
      try CloudInit.files(for: node, in: spec, keys: blueprint.wanted.keys))
    try await upload(
      VolumeDefinition(
        name: domain.seedVolume, capacity: ByteCount(bytes: Int64(seed.count)), format: .raw),
      from: .bytes(seed)
    ) { _ in }
  }

  /// The definition of a machine that is not to be made again, whatever happens to it, and that may
  /// belong to an ensemble.
  private func answered(_ domain: DomainDefinition) -> DomainDefinition {
    var domain = domain
    domain.mark.hasAnswered = true
    domain.mark.awaitsProof = false
    return domain
  }

  /// Notes something on the marks of these nodes' machines, where they do not say it already.
  func note(
    on nodes: [NodeSpec], _ change: (inout OwnershipMark) -> Void
  ) async throws(ForgeError) {
    let domains = try await hypervisor.domains()
    for node in nodes {
      guard let own = blueprint.identity.domain(of: node.name, among: domains) else { continue }
      var mark = own.mark
      change(&mark)
      if mark != own.mark { try await hypervisor.setMark(mark, uuid: own.record.uuid) }
    }
  }

  /// Removes a node's machine of an earlier generation, and what else is left of such.
  func remove(_ node: NodeSpec) async throws(ForgeError) -> StepOutcome {
    let removed = try await remove(node.name, before: blueprint.generation(node))
    return removed.isEmpty
      ? .unchanged("nothing is left") : .changed(removed.joined(separator: ", "))
  }

  /// Drains an agent that left the file, and removes its machine.
  func retire(_ id: StepID, _ deadline: Moment) async throws(ForgeError) -> StepOutcome {
    guard let name = id.node else { throw id.misplaced("is planned for no node") }
    _ = try await drain(id, name, deadline)
    let removed = try await remove(name, before: .max)
    return removed.isEmpty
      ? .unchanged("nothing is left") : .changed(removed.joined(separator: ", "))
  }

  /// Removes a node's domain and volumes, unless they are of the generation or a later one; says
  /// what went.
  ///
  /// The domain goes last: while its mark stands, a later run knows that there is something to
  /// remove. Volumes are named one by one, because those whose making was cut off are in no
  /// listing.
  private func remove(
    _ name: NodeName, before generation: Int
  ) async throws(ForgeError) -> [String] {
    let owned = blueprint.identity.owned(among: try await hypervisor.domains())
      .filter { $0.mark.node == name }
    for (record, mark) in owned {
      guard mark.generation < generation else {
        throw ForgeError(
          .refused, "its machine was made again since the plan", on: name.description,
          advice: "run plan again", disposition: .final)
      }
      try await hypervisor.destroyDomain(uuid: record.uuid)
    }
    let there = try await volumes()
    let listed = ClusterIdentity.volumes(of: name, before: generation, among: there ?? [])
    if there != nil {
      // Of a machine that is gone and has no successor nobody knows how many there were.
      let last =
        owned.map(\.mark.generation).max() ?? (generation == .max ? 0 : generation - 1)
      let named = (0..<last).flatMap { ClusterIdentity.volumes(of: name, generation: $0 + 1) }
      for volume in Set(listed + named).sorted() {
        try await hypervisor.deleteVolume(volume, in: blueprint.pool.name)
      }
    }
    for (record, _) in owned { try await hypervisor.undefineDomain(uuid: record.uuid) }
    return owned.map { "domain \($0.record.name)" }
      + (listed.isEmpty ? [] : [listed.count.of("volume")])
  }

  /// The volumes of the cluster's pool; nil while it does not run.
  func volumes() async throws(ForgeError) -> [String]? {
    try await hypervisor.poolContents(uuid: blueprint.pool.uuid)?.volumes
  }

  private func upload(
    _ volume: VolumeDefinition, from content: ByteSource,
    progress: @Sendable (Int64) -> Void
  ) async throws(ForgeError) {
    try await hypervisor.deleteVolume(volume.name, in: blueprint.pool.name)
    try await hypervisor.uploadVolume(
      volume, in: blueprint.pool.name, from: content, progress: progress)
  }

  /// Waits until the node answers, and notes it.
  func reachable(
    _ id: StepID, _ node: NodeSpec, _ deadline: Moment
  ) async throws(ForgeError) -> StepOutcome {
    let began = context.clock.now
    try await untilReachable(id, node, deadline) { () async throws(ForgeError) in
      try await note(on: [node]) { $0.hasAnswered = true }
    }
    return .unchanged("answered after \(context.clock.now.since(began).brief)")
  }

  /// Waits for an SSH login with the planned host key, then for the end of cloud-init; does `then`,
  /// and all of it again when the connection breaks.
  func untilReachable(
    _ id: StepID, _ node: NodeSpec, _ deadline: Moment, then: () async throws(ForgeError) -> Void
  ) async throws(ForgeError) {
    while true {
      do throws(ForgeError) {
        let result = try await run(
          .awaitCloudInit, on: node, timeout: deadline.since(context.clock.now))
        try CloudInitReport.check(result, on: node.name)
        return try await then()
      } catch {
        guard error.disposition == .retry else { throw error }
        let seen = error.observed.isEmpty ? error.summary : error.observed
        progress(id, seen)
        try await pause(.seconds(2), before: deadline) { await notReachable(node, seen) }
      }
    }
  }

  private func notReachable(_ node: NodeSpec, _ lastSeen: String) async -> ForgeError {
    let console = await hypervisor.consoleTail(of: node.name, in: spec, lines: 5)
    return ForgeError(
      .timeout, "no login with the planned host key within \(limits.boot.brief)",
      on: node.name.description,
      observed: lastSeen + (console.isEmpty ? "" : "\nlast on its console:\n" + console),
      advice: "limits.boot in the cluster file sets the wait", disposition: .final)
  }
}

extension StepRunner {
  /// Reports every tenth of a transfer once, such as `base.qcow2 40%`.
  func reportingTenths(
    of total: Int64, _ id: StepID, name: String = ""
  ) -> @Sendable (Int64) -> Void {
    let last = Locked<Int64>(0)
    let context = context
    return { sent in
      let tenth = total > 0 ? sent * 10 / total : 10
      let isNew = last.withLock { last in
        defer { last = max(last, tenth) }
        return tenth > last
      }
      guard isNew else { return }
      context.emit(.stepProgress(id, detail: (name.isEmpty ? "" : name + " ") + "\(tenth * 10)%"))
    }
  }
}
