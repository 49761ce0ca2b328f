import ForgeModel
import ForgeEvents
import DCOSForgeCore

extension Session {
  /// What takes secrets out of everything that is shown of this cluster.
  var redaction: Redaction {
    Redaction(privateKeys: folder.secrets(user: user, (try? folder.keys(for: spec).all) ?? keys))
  }

  /// Collects the evidence; throws only when no SSH can be had at all.
  func evidence(occasion: String) async throws(ForgeError) -> EvidenceBundle {
    let evidence = Evidence(
      spec, keys: try folder.keys(for: spec).all, context: try context(), redaction: redaction)
    return await evidence.collect(
      occasion: occasion,
      local: [
        (
          "dcosforge.yaml",
          .success(ArtifactSource.withoutQueries(String(decoding: file.bytes, as: UTF8.self)))
        ),
        ("journal.ndjson", folder.lastRun()),
        ("version.txt", .success("dcosforge \(ToolVersion.number)\nDC/OS \(spec.dcos.version)\n")),
      ])
  }

  /// Runs a command that changes the cluster; keeps the evidence when it fails on the cluster's
  /// side.
  ///
  /// The outcome stays what it is, whatever becomes of the evidence.
  func keepingEvidence(
    _ command: String, _ body: () async throws -> ExitStatus
  ) async throws -> ExitStatus {
    do {
      let status = try await body()
      await keepEvidence(of: command, status)
      return status
    } catch let error as ForgeError {
      await keepEvidence(of: command, error.exitStatus)
      throw error
    }
  }

  private func keepEvidence(of command: String, _ status: ExitStatus) async {
    guard status.callsForEvidence else { return }
    Console.standard.printProgress("Collecting evidence, at most a minute …")
    do throws(ForgeError) {
      let bundle = try await evidence(
        occasion: "dcosforge \(command) ended with exit code \(status.rawValue)")
      Console.standard.printNote("Evidence: \(try await folder.keep(bundle))")
    } catch {
      Console.standard.printNote("There is no evidence: \(error)")
    }
  }
}
