@testable import ForgeModel
@testable import ForgeNodeProtocol
import Foundation
import Testing

@testable import DCOSForgeCore

/// Preparing and observing a sandboxed node.
enum Preparing {
  static let node = Samples.name("lxzk01")

  static func preparation(
    _ role: NodeRole = .master, version: DCOSVersion = DCOSVersion(1, 11, 2)
  ) -> Preparation {
    var packages = PackageSpec()
    packages.repositories = [.init(id: "lab", baseURL: "file:///srv/rpm", checksSignatures: false)]
    return Preparation(role: role, version: version, packages: packages)
  }

  static func sandbox() throws -> NodeSandbox {
    let sandbox = try NodeSandbox()
    try sandbox.write("var/stub/docker-command", NodeStubs.docker)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755],
      ofItemAtPath: sandbox.root.appendingPathComponent("var/stub/docker-command").path)
    return sandbox
  }

  static func prepare(
    _ sandbox: NodeSandbox, _ preparation: Preparation = preparation(), before: String = ""
  ) async throws -> [String: PrerequisiteRecord] {
    // Pauses between tries are not what is tested.
    let script = NodeTask.prepare(preparation).script
      .replacing("lock_patience=300", with: "lock_patience=2")
      .replacing("yum_pauses=(5 15)", with: "yum_pauses=(0 0)").replacing(
        "sleep 5", with: "sleep 0")
    let result = try await sandbox.run(script, before: before)
    let reports = try PrepareReport(result, on: node).items
    #expect(
      reports.map(\.item) == Prerequisites.items(for: preparation), "\(result.standardError)")
    return Dictionary(uniqueKeysWithValues: reports.map { ($0.item, $0) })
  }

  static func facts(
    _ sandbox: NodeSandbox, _ preparation: Preparation = preparation(), serving: Serving? = nil,
    time: TimeSettings = TimeSettings(servers: []), before: String = ""
  ) async throws -> FactsReport {
    let request = FactsRequest(
      role: preparation.role, preparation: preparation, time: time, serving: serving)
    let result = try await sandbox.run(NodeTask.facts(request).script, before: before)
    return try FactsReport(result, on: node)
  }
}
