import ForgeSupport
import ForgePlanning
import ForgeNodeProtocol
import ForgeModel

extension StepRunner {
  /// Brings installer and `genconf/` to the bootstrap node and runs `dcos_generate_config.sh`
  /// there.
  func generate(_ id: StepID, _ node: NodeSpec) async throws(ForgeError) -> StepOutcome {
    let generation = blueprint.generation
    let genconf = generation.folder + "/genconf"
    try await send(
      blueprint.wanted.installer, to: generation.folder + "/dcos_generate_config.sh", mode: 0o755,
      on: node, id)
    let files = blueprint.wanted.genconf
    try await send(files.config, to: genconf + "/config.yaml", mode: 0o600, on: node, id)
    try await send(
      Array(files.ipDetect.utf8), to: genconf + "/ip-detect", mode: 0o755, on: node, id)
    for (name, content) in files.others.sorted(by: { $0.key < $1.key }) {
      try await send(content, to: "\(genconf)/\(name)", mode: 0o644, on: node, id)
    }
    progress(id, "dcos_generate_config.sh")
    let result = try await runShowing(
      id, .generate(generation), on: node, timeout: limits.generate)
    let report = try GenerateReport(result, on: node.name)
    if let failure = report.failure(on: node.name) { throw failure }
    return report.changed
      ? .changed("generated DC/OS \(spec.dcos.version)") : .unchanged("generated already")
  }

  /// Runs the container that serves the installation.
  func serve(_ id: StepID, _ node: NodeSpec) async throws(ForgeError) -> StepOutcome {
    let serving = blueprint.serving(node)
    if let archive = blueprint.wanted.nginxArchive, let path = serving.archive {
      try await send(archive, to: path, mode: 0o644, on: node, id)
    }
    let result = try await runShowing(id, .serve(serving), on: node, timeout: limits.generate)
    let report = try ServeReport(result, serving, on: node.name)
    installer.withLock { $0 = report.installer }
    return report.reason.map { .changed("\(spec.bootstrapURL): \($0)") }
      ?? .unchanged("\(spec.bootstrapURL) is served")
  }

  private func send(
    _ artifact: LocalArtifact, to path: String, mode: UInt16, on node: NodeSpec, _ id: StepID
  ) async throws(ForgeError) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    _ = try await connections.upload(
      artifact, to: path, mode: mode, on: node, timeout: limits.transfer,
      progress: reportingTenths(of: artifact.content.count, id, name: name))
  }

  private func send(
    _ bytes: [UInt8], to path: String, mode: UInt16, on node: NodeSpec, _ id: StepID
  ) async throws(ForgeError) {
    try await send(LocalArtifact(bytes: bytes), to: path, mode: mode, on: node, id)
  }
}
