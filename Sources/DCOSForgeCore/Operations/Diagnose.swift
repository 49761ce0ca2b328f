import ForgeDCOS
package import ForgeNodeProtocol
package import ForgeModel
package import ForgeHealth
package import ForgeEvents

/// Why a cluster is not well: the first cause, what proves it, and what to do.
package struct Diagnosis: Sendable {
  /// How everything is.
  package var health: ClusterHealth
  /// The entry that fits the cause; nil when nothing failed or none is known.
  package var fault: KnownFault?
  /// What the cause's units wrote, the lines that prove it or else the last ones.
  package var journal: [LogEntry]
  /// The end of the machine's console, for a cause that SSH cannot look into.
  package var console: [String]
  /// Why the journal could not be read.
  package var journalError: ForgeError?
}

/// Reads the cluster, and looks into the first cause.
package struct Diagnose: Sendable {
  private let spec: ClusterSpec
  private let reader: HealthReader
  private let redaction: Redaction

  /// How long reading the journal may take.
  private static let journalTimeout = Duration.seconds(20)
  /// The newest lines of a journal that are looked through.
  private static let journalLines = 300
  /// So many lines are shown.
  static let shownLines = 8

  /// Makes the operation; what it shows is freed of secrets.
  ///
  /// `deadline` as for ``Status``.
  package init(
    _ spec: ClusterSpec, keys: ClusterKeys, context: ForgeContext,
    deadline: Duration = Status.deadline, redaction: Redaction
  ) {
    self.spec = spec
    self.redaction = redaction
    reader = Status(spec, keys: keys, context: context, deadline: deadline).reader
  }

  /// Reads everything and explains the first cause.
  package func run() async -> Diagnosis {
    let health = await reader.read()
    var diagnosis = Diagnosis(health: health, fault: nil, journal: [], console: [])
    if let cause = health.firstCause, let node = spec.nodes.first(where: { $0.name == cause.node })
    {
      await explain(cause, on: node, &diagnosis)
    }
    await reader.connections.close()
    return diagnosis
  }

  private func explain(
    _ cause: HealthCause, on node: NodeSpec, _ diagnosis: inout Diagnosis
  ) async {
    let evidence = diagnosis.health[cause]?.evidence ?? ""
    diagnosis.fault = KnownFaults.of(cause.component, evidence: evidence)
    guard cause.component > .ssh else {
      let text = await reader.context.hypervisor.consoleTail(
        of: node.name, in: spec, lines: Self.shownLines)
      diagnosis.console = redaction.text(text).split(whereSeparator: \.isNewline).map(String.init)
      return
    }
    let units = cause.component.units(for: node.role)
    guard !units.isEmpty else { return }
    do throws(ForgeError) {
      let entries = try await journal(of: units, on: node)
      let proofs = entries.filter { KnownFaults.of(cause.component, journal: $0.message) != nil }
      // What a program says of itself is more particular than what is seen of it from outside.
      if let last = proofs.last {
        diagnosis.fault = KnownFaults.of(cause.component, journal: last.message)
      }
      diagnosis.journal = (proofs.isEmpty ? entries : proofs).suffix(Self.shownLines)
    } catch {
      diagnosis.journalError = error
    }
  }

  private func journal(
    of units: [String], on node: NodeSpec
  ) async throws(ForgeError) -> [LogEntry] {
    let request = LogRequest(units: units, lines: Self.journalLines)
    let result = try await reader.connections.run(
      .readLogs(request), on: node, timeout: Self.journalTimeout)
    var redactor = LogRedactor(redaction)
    return LogReport.entries(in: result.standardOutput, of: node.name).entries
      .map { redactor.redacted($0) }
  }
}
