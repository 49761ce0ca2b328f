import DCOSForgeCore
import ForgeModel
import ForgePlanning

/// Previews a reimage, asks for confirmation, and runs it.
struct Reimage {
  let session: Session
  let wanted: WantedCluster
  let view: RunView
  let confirmation: Confirmation

  /// Reimages the nodes, unless the quorum guard or the operator says no, and goes on as far as
  /// `extent` says.
  func run(
    _ nodes: [NodeSpec], extent: RunExtent, force: Bool
  ) async throws -> ExitStatus {
    let wipe = Wipe(wanted, context: view.context)
    let preview = try await wipe.preview(nodes, extent, force: force)
    if let refusal = preview.refusal { throw refusal }
    let inventory = preview.inventory.map { "  " + $0 }.joined(separator: "\n")
    try await confirmation.confirm(
      "New machines replace these. Their disks are lost:\n\(inventory)", session.spec)
    let renew = session.renew
    return try await view.run { show in
      try await wipe.run(preview, extent, drains: !force, renew: renew, show: show)
    }
  }
}
