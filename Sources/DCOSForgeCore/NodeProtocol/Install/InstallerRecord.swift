import ForgeModel

/// What came when a node asked for `dcos_install.sh`: a record of ``NodeTask/preflight(_:)`` and
/// ``NodeTask/install(_:)`` (`installer`).
package struct InstallerRecord: Codable, Hashable, Sendable {
  static let kind = "installer"

  /// `curl`'s exit status.
  @InRange<NodeNumbers.ExitStatus> package var status: Int
  /// The answer's status code.
  @InRange<NodeNumbers.HTTPStatus> package var http: Int
  /// The URL that answered.
  package var url: String
  /// What `curl` complained of.
  package var error: String
  /// The SHA-256 of what came; empty when nothing came.
  package var sum: String

  /// Makes a record; a good answer by default.
  package init(url: String, sum: String, status: Int = 0, http: Int = 200, error: String = "") {
    self.status = status
    self.http = http
    self.url = url
    self.error = error
    self.sum = sum
  }

  /// Throws category `step` unless the bootstrap node's own installer came.
  ///
  /// The scripts run no other. Disposition `retry` when none came.
  func check(_ installation: Installation, on node: NodeName) throws(ForgeError) {
    let reading = HTTPReading(status: status, http: http, url: url, error: error)
    guard reading.isGood else {
      throw ForgeError(
        .step, "could not fetch dcos_install.sh", on: node.description,
        observed: "\(url): \(reading.observation)",
        advice: "see whether the container dcosforge-serve runs on the bootstrap node",
        disposition: .retry)
    }
    let came = SHA256Sum(sum)
    guard came == installation.installer else {
      throw ForgeError(
        .step, "the dcos_install.sh that came is not the bootstrap node's; it did not run",
        on: node.description,
        observed: "\(url) answered with SHA-256 \(came?.description ?? "unknown"), "
          + "the bootstrap node has \(installation.installer)",
        advice: "something in the network or on the bootstrap node changed the file: "
          + "find out what answers at that address, then run `up` again")
    }
  }
}
