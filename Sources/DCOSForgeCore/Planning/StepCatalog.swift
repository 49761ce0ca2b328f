import ForgeModel

/// What `up` does: a row for each kind of step, in the order of a run.
///
/// The planner decides which of these steps a run needs, and why. `docs/architecture.md` shows
/// the rows.
package enum StepCatalog {
  /// The rows, in the order of ``StepKind``.
  package static let rows: [StepRow] = [
    // Five attempts; the login, reading a host key and writing a user key take 90 s at most.
    StepRow(
      .adopt, .each(.nodes), stage: .machines, retry: .node, limit: { _ in .seconds(480) },
      endsWhen: "`adopt`, not `up`, has put host key and generation into the state folder"),

    StepRow(
      .network, .once, stage: .machines, retry: .hypervisor, limit: { _ in .seconds(60) },
      endsWhen: "libvirt has the network, with an address for each node"),
    StepRow(
      .pool, .once, stage: .machines, retry: .hypervisor, limit: { _ in .seconds(60) },
      endsWhen: "libvirt has the storage pool, and it runs"),
    StepRow(
      .baseImage, .once, stage: .machines, lane: .transfers, retry: .hypervisor, limit: \.transfer,
      requires: [.step(.pool)],
      endsWhen: "the image is in the pool, uploaded once and named by its SHA-256"),

    StepRow(
      .drain, .each(.agents), stage: .machines, retry: .never, limit: \.join,
      after: [.some(.reachable, of: .masters, "reachable of the masters that are started")],
      endsWhen: "the tasks of an agent that will be replaced have ended; no leader lists it"),
    StepRow(
      .quorumGuard, .each(.masters), stage: .machines, retry: .never, limit: \.boot, changes: false,
      requires: [.some(.drain, of: .agents, "all drains")],
      after: [.some(.reachable, of: .masters, "reachable of the masters that are started")],
      endsWhen: "the masters that stay keep the quorum without this one"),
    StepRow(
      .remove, .each(.nodes), stage: .machines, lane: .machines, retry: .hypervisor,
      limit: { _ in .seconds(60) },
      requires: [
        .step(.pool), .step(.quorumGuard),
        .some(.drain, of: .agents, "its drain (for a master: all drains)"),
      ],
      endsWhen: "the node's machine of an earlier generation is gone"),
    StepRow(
      .preparedLayer, .each(.nodes), stage: .machines, retry: .layer,
      limit: { $0.boot * 2 + $0.prerequisites },
      requires: [.step(.network), .step(.pool), .step(.baseImage), .step(.remove)],
      endsWhen:
        "in a wipe: a disk with the prerequisites is there, sealed, for machines made later "
        + "([changes.md](changes.md#a-prepared-layer))"),
    StepRow(
      .machine, .each(.nodes), stage: .machines, lane: .machines, retry: .hypervisor, limit: \.boot,
      requires: [.step(.network), .step(.pool), .step(.baseImage), .step(.remove)],
      after: [.step(.preparedLayer)],
      endsWhen: "overlay, seed image and domain exist and the domain runs"),
    StepRow(
      .reachable, .each(.nodes), stage: .machines, retry: .never, limit: \.boot, changes: false,
      requires: [.step(.machine)],
      endsWhen: "SSH answers with the planned host key and cloud-init is done"),

    StepRow(
      .time, .each(.nodes), stage: .prerequisites, retry: .node, limit: \.timeSync,
      requires: [.step(.reachable)],
      after: [.some(.time, of: .bootstrap, "time of the bootstrap node (where that serves it)")],
      endsWhen: "the kernel counts the clock as synchronised"),
    StepRow(
      .prerequisites, .each(.nodes), stage: .prerequisites, retry: .node, limit: \.prerequisites,
      requires: [.step(.reachable)],
      endsWhen: "Docker, the packages and the settings that DC/OS needs are there"),
    StepRow(
      .ipDetect, .each(.members), stage: .prerequisites, retry: .node, limit: \.preflight,
      changes: false, requires: [.step(.reachable)],
      endsWhen: "ip-detect gives exactly the planned address"),

    StepRow(
      .generate, .each(.bootstrap), stage: .bootstrap, lane: .transfers, retry: .node,
      limit: { $0.generate + $0.transfer },
      requires: [.step(.reachable), .step(.prerequisites)],
      endsWhen: "installer and genconf are uploaded, and DC/OS is generated"),
    StepRow(
      .serve, .each(.bootstrap), stage: .bootstrap, retry: .node, limit: \.generate,
      requires: [.step(.reachable), .step(.prerequisites), .step(.generate)],
      endsWhen: "the nginx container serves what was generated"),
    StepRow(
      .fetch, .each(.members), stage: .bootstrap, retry: .node, limit: \.preflight, changes: false,
      requires: [.step(.reachable), .step(.prerequisites), .all(.serve, of: .bootstrap)],
      endsWhen: "the node can fetch what the bootstrap node serves"),

    StepRow(
      .preflight, .each(.members), stage: .preflight, retry: .node, limit: \.preflight,
      changes: false,
      requires: [.step(.fetch), .step(.prerequisites), .step(.time), .step(.ipDetect)],
      endsWhen: "DC/OS's own preflight and ours pass"),

    StepRow(
      .installMaster, .each(.masters), stage: .masters, lane: .installs, retry: .install,
      limit: \.install,
      requires: [.all(.preflight, of: .masters)], after: [.all(.preflight, of: .members)],
      endsWhen: "set-up has finished on the node"),

    StepRow(
      .quorum, .once, stage: .quorum, retry: .hypervisor, limit: \.quorum, changes: false,
      requires: [.all(.installMaster, of: .masters)],
      endsWhen: "**the gate**: the ZooKeeper quorum is proved, see below"),

    StepRow(
      .installAgent, .each(.agents), stage: .agents, lane: .installs, retry: .install,
      limit: \.install,
      requires: [
        .step(.preflight), .step(.quorum),
        .some(.join, of: .agents, "join of the first agent (for all others)"),
      ],
      after: [
        .some(.join, of: .privateAgents, "join of the private agents (for public ones)")
      ],
      endsWhen: "set-up has finished on the node"),
    StepRow(
      .join, .each(.agents), stage: .agents, retry: .never, limit: \.join, changes: false,
      requires: [.step(.installAgent)],
      endsWhen: "the leader lists the agent"),
    StepRow(
      .retire, .each(.departed), stage: .agents, retry: .never, limit: \.join,
      requires: [.everything(but: [.preparedLayer, .health])],
      endsWhen: "an agent that left the file is drained and its machine gone"),

    StepRow(
      .health, .once, stage: .health, retry: .never, limit: \.health, changes: false,
      requires: [.everything(but: [.preparedLayer])],
      endsWhen: "every component answers well"),
  ]

  fileprivate static let byKind = Dictionary(uniqueKeysWithValues: rows.map { ($0.kind, $0) })
}

extension StepKind {
  /// The kind's row in the table.
  package var row: StepRow {
    guard let row = StepCatalog.byKind[self] else {
      preconditionFailure("\(rawValue) has no row in StepCatalog")
    }
    return row
  }

  /// The stage the kind belongs to.
  package var stage: Stage { row.stage }
}
