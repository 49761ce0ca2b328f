package import ForgeModel

/// What a node got from the bootstrap URL.
package struct FetchReport: Hashable, Sendable {
  /// The size of `dcos_install.sh` in bytes.
  package var installerBytes: Int64
  /// The bootstrap id in `bootstrap.latest`.
  package var bootstrapID: String
  /// The size of the bootstrap archive in bytes, nil when the server did not say.
  package var archiveBytes: Int64?
  /// How fast the beginning of the archive came, in bytes per second.
  package var bytesPerSecond: Double

  /// dcos-download gives up on a transfer that is slower than this, in bytes per second.
  package static let leastSpeed = 100_000.0

  /// What the script prints for each file (`served`).
  package struct Record: Codable, Hashable, Sendable {
    static let kind = "served"

    /// `script`, `latest`, `archive` (its head only) or `sample` (its beginning).
    package var name: String
    /// The path behind the URL.
    package var path: String
    /// How many bytes came.
    @InRange<NodeNumbers.Size> package var bytes: Int64
    /// `curl`'s exit status.
    @InRange<NodeNumbers.ExitStatus> package var status: Int
    /// The answer's status code.
    @InRange<NodeNumbers.HTTPStatus> package var http: Int
    /// How long it took in seconds.
    @InRange<NodeNumbers.Seconds> package var seconds: Double
    /// The body of `latest`, the header of `archive`.
    package var text: String
    /// What `curl` complained of.
    package var error: String
    /// The URL that answered.
    package var url: String

    /// Makes a record; a good answer by default.
    package init(
      name: String, path: String, bytes: Int64, status: Int = 0, http: Int = 200,
      seconds: Double = 0.01, text: String = "", error: String = "", url: String = ""
    ) {
      self.name = name
      self.path = path
      self.bytes = bytes
      self.status = status
      self.http = http
      self.seconds = seconds
      self.text = text
      self.error = error
      self.url = url
    }

    var reading: HTTPReading {
      HTTPReading(status: status, http: http, url: url, error: error)
    }
  }

  /// The URLs that are burnt into `dcos_install.sh` (`burnt`).
  package struct URLsRecord: Codable, Hashable, Sendable {
    static let kind = "burnt"

    /// One a line, up to the archive's own name.
    package var text: String

    /// Makes a record.
    package init(text: String) { self.text = text }
  }

  /// Reads the output of ``NodeTask/fetchServed(url:)``.
  ///
  /// Throws category `step` when one of the files does not come, is not what DC/OS expects, or
  /// comes too slowly; disposition `retry` when the server did not answer at all.
  package init(_ result: CommandResult, url: String, on node: NodeName) throws(ForgeError) {
    let action = "fetching from the bootstrap node"
    let report = try NodeReport(result, of: action, on: node.description)
    var files: [String: Record] = [:]
    for file in report.records(Record.kind, as: Record.self) { files[file.name] = file }
    func file(_ name: String) throws(ForgeError) -> Record {
      guard let file = files[name] else {
        throw ForgeError(
          .step, "\(action) gave no \(name)", on: node.description, disposition: .retry)
      }
      guard file.reading.isGood else { throw Self.missing(file, url: url, on: node) }
      return file
    }
    let script = try file("script")
    let burnt: URLsRecord = try report.record(URLsRecord.kind, of: action, on: node.description)
    let latest = try file("latest")
    let archive = try file("archive")
    let sample = try file("sample")

    let urls = burnt.text.split(whereSeparator: \.isNewline)
    if let other = urls.first(where: { !$0.hasPrefix("\(url)/bootstrap/") }) {
      throw ForgeError(
        .step, "dcos_install.sh was generated for another bootstrap_url", on: node.description,
        observed: "\(other), not \(url)",
        advice: "set bootstrap_url to \(url) in the DC/OS configuration and run `up` again")
    }
    installerBytes = script.bytes
    bootstrapID = ReportText.trimmed(latest.text)
    archiveBytes = Self.contentLength(archive.text)
    bytesPerSecond = Double(sample.bytes) / max(sample.seconds, 0.001)
    // A small file says nothing about speed.
    if sample.bytes >= 1 << 19, bytesPerSecond < Self.leastSpeed {
      throw ForgeError(
        .step, "the bootstrap node is too slow", on: node.description,
        observed: "\(Int(bytesPerSecond / 1000)) kB/s",
        advice: "DC/OS gives up below 100 kB/s: see what loads the network or the bootstrap node",
        disposition: .retry)
    }
  }

  /// The output of a script that prints these records.
  package static func text(_ files: [Record], _ urls: URLsRecord) -> String {
    files.map { NodeReport.line(Record.kind, $0) }.joined()
      + NodeReport.line(URLsRecord.kind, urls) + NodeReport.end
  }

  /// One line for the journal.
  package var summary: String {
    "dcos_install.sh \(installerBytes) bytes, bootstrap \(bootstrapID)"
      + (archiveBytes.map { " \($0) bytes" } ?? "") + ", \(Int(bytesPerSecond / 1000)) kB/s"
  }

  private static func missing(_ file: Record, url: String, on node: NodeName) -> ForgeError {
    let unanswered = file.http == 0
    let advice =
      switch file.http {
      case 0: "see whether the container dcosforge-serve runs and a firewall stands between"
      case 403: "the files must be readable for all: `chmod -R a+rX genconf/serve`"
      case 404 where file.name == "script":
        "the URL must serve the root of genconf/serve; "
          + "a folder that was replaced needs a new container"
      case 404: "genconf/serve is incomplete: generate DC/OS again"
      default: "see `docker logs dcosforge-serve` on the bootstrap node"
      }
    return ForgeError(
      .step, "\(url)\(file.path) does not come", on: node.description,
      observed: file.reading.observation, advice: advice,
      disposition: unanswered ? .retry : .afterFix)
  }

  private static func contentLength(_ header: String) -> Int64? {
    for line in header.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
      return NodeNumbers.Size.read(ReportText.trimmed(parts[1]))
    }
    return nil
  }
}
