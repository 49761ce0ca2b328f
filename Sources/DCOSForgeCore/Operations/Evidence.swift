import ForgeSupport
import ForgePorts
import ForgePlanning
import ForgeNodeProtocol
package import ForgeModel
package import ForgeEvents

/// Collects everything that may explain a fault: from all nodes at once, the hypervisor, and this
/// machine.
package struct Evidence: Sendable {
  private let spec: ClusterSpec
  private let hypervisor: any Hypervisor
  private let connections: NodeConnections
  private let clock: any ForgeClock
  private let redaction: Redaction

  /// How long it may take all in all.
  package static let limit = Duration.seconds(55)
  /// The last lines of a console's log that are taken.
  private static let consoleLines = 1000

  /// Makes the operation.
  package init(
    _ spec: ClusterSpec, keys: ClusterKeys, context: ForgeContext, redaction: Redaction
  ) {
    self.spec = spec
    self.hypervisor = context.hypervisor
    self.connections = NodeConnections(spec, keys: keys, shell: context.shell)
    self.clock = context.clock
    self.redaction = redaction
  }

  /// A file of this machine, or why there is none.
  package typealias LocalFile = (path: String, content: Result<String, ForgeError>)

  /// What one of the asked gave.
  private struct Part: Sendable {
    var files: [(path: String, text: String)] = []
    var gaps: [(path: String, reason: String)] = []
  }

  /// Collects within ``limit``; what fails or comes too late stands in the manifest.
  package func collect(occasion: String, local: [LocalFile]) async -> EvidenceBundle {
    var bundle = EvidenceBundle(
      of: spec.name, at: clock.wallMilliseconds, occasion: occasion, redaction: redaction)
    for (path, content) in local {
      switch content {
      case .success(let text): bundle.add("local/\(path)", text)
      case .failure(let error): bundle.miss("local/\(path)", error.description)
      }
    }
    let deadline = clock.now.advanced(by: Self.limit)
    async let nodes = askNodes(until: deadline)
    async let machines = askHypervisor(until: deadline)
    for part in await [machines] + nodes {
      for file in part.files { bundle.add(file.path, file.text) }
      for gap in part.gaps { bundle.miss(gap.path, gap.reason) }
    }
    await connections.close()
    return bundle
  }

  // MARK: nodes

  private func askNodes(until deadline: Moment) async -> [Part] {
    let parts = await connections.onEach(spec.nodes) { (node) async throws(ForgeError) in
      await ask(node, until: deadline)
    }
    return spec.nodes.compactMap { try? parts[$0.name]?.get() }
  }

  /// Asks one node; what came before it fell silent is kept.
  private func ask(_ node: NodeSpec, until deadline: Moment) async -> Part {
    let request = EvidenceRequest(
      role: node.role, version: spec.dcos.version, address: node.address)
    let came = Locked<(output: [UInt8], errors: [UInt8])>(([], []))
    let folder = "nodes/\(node.name)/"
    var part = Part()
    do throws(ForgeError) {
      let status = try await withDeadline(deadline, on: clock, expired: { Self.tooLate(node.name) })
      {
        () async throws(ForgeError) in
        try await connections.stream(
          .collectEvidence(request), on: node, timeout: .seconds(EvidenceRequest.seconds + 15)
        ) { chunk in
          came.withLock { came in
            switch chunk {
            case .standardOutput(let bytes): came.output += bytes
            case .standardError(let bytes):
              came.errors = Array((came.errors + bytes).suffix(4096))
            }
          }
        }
      }
      let errors = came.withLock { String(decoding: $0.errors, as: UTF8.self) }
      let result = CommandResult(status: status, standardError: errors)
      if !result.succeeded {
        let error = NodeReport.failure(result, of: "collecting evidence")
        part.gaps.append((folder, error.description))
      }
    } catch {
      part.gaps.append((folder, error.description))
    }
    let reading = EvidenceReport(came.withLock { String(decoding: $0.output, as: UTF8.self) })
    for found in reading.parts {
      let path = "\(folder)\(found.name).txt"
      if !found.text.isEmpty { part.files.append((path, found.text)) }
      if let fault = found.fault { part.gaps.append((path, fault)) }
    }
    if !reading.isWhole, part.gaps.isEmpty {
      part.gaps.append((folder, "the node's answer was cut off"))
    }
    return part
  }

  private static func tooLate(_ node: NodeName) -> ForgeError {
    ForgeError(
      .timeout, "did not answer in time", on: node.description,
      observed: "\(limit.brief) were over")
  }

  // MARK: the hypervisor

  private func askHypervisor(until deadline: Moment) async -> Part {
    do throws(ForgeError) {
      return try await withDeadline(
        deadline, on: clock,
        expired: { ForgeError(.timeout, "the hypervisor did not answer in time") }
      ) { () async throws(ForgeError) in try await machines() }
    } catch {
      return Part(gaps: [("hypervisor/", error.description)])
    }
  }

  private func machines() async throws(ForgeError) -> Part {
    let host = try await hypervisor.host()
    let domains = try await hypervisor.domains()
    var part = Part(files: [("hypervisor/host.txt", try await hostText(host, domains))])
    let identity = ClusterIdentity(spec)
    for node in spec.nodes {
      let path = "hypervisor/\(node.name)"
      switch identity.place(of: node, among: domains) {
      case .empty: part.gaps.append((path, "the hypervisor has no such domain"))
      case .foreign(let record):
        part.gaps.append((path, "domain \(record.name) is not of this cluster"))
      case .ours(let record, _):
        do throws(ForgeError) {
          let xml = try await hypervisor.domainXML(uuid: record.uuid)
          part.files.append(("\(path)-domain.xml", xml))
        } catch {
          part.gaps.append(("\(path)-domain.xml", error.description))
        }
        let console = await hypervisor.consoleTail(uuid: record.uuid, lines: Self.consoleLines)
        if console.isEmpty {
          part.gaps.append(("\(path)-console.log", "it is empty or cannot be had"))
        } else {
          part.files.append(("\(path)-console.log", console + "\n"))
        }
      }
    }
    return part
  }

  private func hostText(
    _ host: HostFacts, _ domains: [DomainRecord]
  ) async throws(ForgeError) -> String {
    var lines = [
      "host \(host.name), \(host.version), \(host.processors.of("processor")), "
        + "\(host.freeMemory) free, KVM \(host.offersKVM ? "offered" : "not offered")", "",
    ]
    var table = Table(header: ["DOMAIN", "UUID", "STATE", "CLUSTER"])
    for domain in domains {
      table.add([
        domain.name, domain.uuid, domain.state.rawValue, domain.mark?.cluster ?? "-",
      ])
    }
    lines += table.lines + [""]
    lines += try await hypervisor.networks().map { "network \($0.name), active: \($0.isActive)" }
    // First the look inside: a pool without its folder is stopped by it.
    let contents = try await hypervisor.poolContents(uuid: ClusterIdentity(spec).pool.uuid)
    lines += try await hypervisor.pools().map { "pool \($0.name), active: \($0.isActive)" }
    if let contents {
      lines += ["\(contents.available) available beside:"] + contents.volumes
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
