package import ForgeNodeProtocol
package import ForgeModel
import Subprocess

/// Asks web pages from this machine, with its `curl`: what answers here, a browser here can open.
package struct WebCheck: Sendable {
  /// How long one page may take, in seconds.
  private static let limit = 5

  /// Makes the operation.
  package init() {}

  /// Asks all pages at once, past any proxy; the readings stand in the order of the URLs.
  ///
  /// Throws category `configuration` when there is no `curl`.
  package func ask(_ urls: [String]) async throws(ForgeError) -> [HTTPReading] {
    let readings = await withTaskGroup(of: (Int, Result<HTTPReading, ForgeError>).self) { group in
      for (index, url) in urls.enumerated() {
        group.addTask { (index, await Self.ask(url)) }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    var found: [HTTPReading] = []
    for index in urls.indices {
      if let reading = readings[index] { found.append(try reading.get()) }
    }
    return found
  }

  private static func ask(_ url: String) async -> Result<HTTPReading, ForgeError> {
    do {
      let result = try await Subprocess.run(
        .name("curl"),
        arguments: [
          "-q", "-sS", "-m", "\(limit)", "--noproxy", "*", "-o", "/dev/null", "-w",
          "%{http_code}", "--", url,
        ], output: .string(limit: 4096), error: .string(limit: 4096))
      var status = 1
      if case .exited(let code) = result.terminationStatus { status = Int(code) }
      return .success(
        HTTPReading(
          status: status, http: Int(result.standardOutput) ?? 0, url: url,
          error: ReportText.trimmed(result.standardError)))
    } catch {
      return .failure(
        ForgeError(
          .configuration, "curl cannot be run", observed: "\(error)",
          advice: "apt-get install curl, or say --no-check"))
    }
  }
}

extension HTTPReading {
  /// Whether the page is there: a redirect or a question for a login will do, a gateway without its
  /// service or another server's error will not.
  package var isAnswer: Bool {
    status == 0 && ((200..<400).contains(http) || [401, 403].contains(http))
  }
}
