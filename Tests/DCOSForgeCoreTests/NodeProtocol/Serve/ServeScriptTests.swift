@testable import ForgeModel
@testable import ForgeNodeProtocol
import Testing

@testable import DCOSForgeCore

/// The container that serves, and what nodes fetch from it.
@Suite(.enabled { await NodeSandbox.isPossible() }) struct ServeScriptTests {
  private let sandbox: InstallSandbox

  init() throws {
    sandbox = try InstallSandbox()
    try sandbox.node.write("root/dcos/genconf/serve/dcos_install.sh", "echo install\n")
    try sandbox.node.write("root/nginx.tar", "sha256:11\n")
  }

  private func serving(port: Int = 8000, archive: String? = "/root/nginx.tar") -> Serving {
    Serving(
      folder: "/root/dcos", image: "nginx:1.25", archive: archive,
      address: Samples.address("10.1.1.49"), port: port)
  }

  private func script(port: Int = 8000, archive: String? = "/root/nginx.tar") -> String {
    NodeTask.serve(serving(port: port, archive: archive)).script
  }

  private func read(_ result: CommandResult) throws -> ServeReport {
    try ServeReport(result, serving(), on: Samples.name("lxcm02"))
  }

  /// A first run whose container is still there for the second.
  private func first(_ script: String) throws -> String {
    try sandbox.node.write("var/stub/first", script)
    return "bash /var/stub/first </dev/null >/var/stub/first.out 2>&1 || exit 96\n"
  }

  @Test func startsTheContainerFromTheArchive() async throws {
    let report = try read(await sandbox.node.run(script()))
    #expect(report.reason == "there is no container")
    #expect(report.installer == SHA256Sum(hashing: Array("echo install\n".utf8)))
    let calls = try sandbox.node.takeCalls()
    #expect(calls.contains("docker load -i") && calls.contains("docker run -d"))
  }

  /// The network that the bootstrap node routes to, and its other networks, get no answer.
  @Test func thePortIsOpenAtTheOwnAddressOnly() async throws {
    let result = try await sandbox.node.run(
      """
      for address in 10.1.1.49 127.0.0.1; do
        curl -q -s --noproxy '*' http://$address:8000/dcos_install.sh || echo "status $?"
      done
      """, before: first(script()))
    #expect(result.standardOutput == "echo install\nstatus 7\n")
  }

  @Test func aContainerThatServesIsLeftAlone() async throws {
    let result = try await sandbox.node.run(
      script(), before: first(script()) + ": >/var/stub/calls")
    #expect(try !read(result).changed)
    let calls = try sandbox.node.takeCalls()
    #expect(!calls.contains { $0.hasPrefix("docker run") || $0.hasPrefix("docker load") })
  }

  @Test(arguments: [
    (
      "rm -r /root/dcos/genconf/serve; mkdir /root/dcos/genconf/serve; "
        + "echo new >/root/dcos/genconf/serve/dcos_install.sh",
      "the folder was replaced under the container"
    ),
    ("echo sha256:22 >/var/stub/image", "the container has another image"),
    (
      "sed -i 's/ 10.1.1.49:/ :/' /var/stub/container",
      "the container is published at every address, port 8000"
    ),
    ("sed -i 's/ always / no /' /var/stub/container", "the container does not restart by itself"),
    (
      "sed -i 's,/root/dcos/,/root/old/,' /var/stub/container",
      "the container serves /root/old/genconf/serve"
    ),
    (
      "read -r a b c d pid e </var/stub/container; kill -9 $pid; sleep 0.2",
      "the container does not run"
    ),
  ])
  func aContainerThatDiffersIsMadeAgain(_ change: String, _ reason: String) async throws {
    let result = try await sandbox.node.run(script(), before: first(script()) + change)
    #expect(try read(result).reason == reason)
  }

  @Test func anotherPortNeedsAnotherContainer() async throws {
    let result = try await sandbox.node.run(script(port: 8001), before: first(script()))
    #expect(try read(result).reason == "the container is published at 10.1.1.49:8000")
  }

  @Test func faultsAreNamed() async throws {
    func fault(_ script: String, before: String = "") async throws -> ForgeError {
      let result = try await sandbox.node.run(script, before: before)
      return try #require(throws: ForgeError.self) { try read(result) }
    }
    let noImage = try await fault(script(archive: nil))
    #expect(noImage.summary.contains("nginx:1.25") && noImage.observed.contains("no such host"))
    try sandbox.node.write(
      "var/stub/docker-fault", "Bind for 0.0.0.0:8000 failed: port is already allocated\n")
    let busy = try await fault(script(), before: InstallSandbox.serve("/tmp"))
    #expect(busy.summary == "port 8000 is taken")
    // Who holds it is seen as well.
    #expect(busy.observed.contains("python3"))
    try sandbox.node.remove("var/stub/docker-fault")
    try sandbox.node.remove("root/dcos/genconf/serve")
    #expect(try await fault(script()).summary == "there is nothing to serve")
  }

  /// Something else answers on the port: a good status is not enough.
  @Test func anotherFileThanOursIsNoAnswer() async throws {
    try sandbox.node.write("tmp/other/dcos_install.sh", "echo other\n")
    let result = try await sandbox.node.run(
      script(),
      before: first(script(port: 8001)) + InstallSandbox.serve("/tmp/other")
        + "\nsed -i 's/:8001 /:8000 /' /var/stub/container")
    let error = try #require(throws: ForgeError.self) { try read(result) }
    #expect(error.observed.contains("another dcos_install.sh"))
  }

  // MARK: fetching

  private func fetch(
    from url: String = InstallSandbox.url, before: String
  ) async throws -> FetchReport {
    let result = try await sandbox.node.run(
      NodeTask.fetchServed(url: url).script, before: before)
    return try FetchReport(result, url: url, on: Samples.name("lxzk01"))
  }

  private func release(burnt url: String = InstallSandbox.url) throws {
    try sandbox.node.write("var/stub/served/bootstrap.latest", "7120a\n")
    try sandbox.node.write(
      "var/stub/served/dcos_install.sh", "curl \(url)/bootstrap/7120a.bootstrap.tar.xz\n")
    try sandbox.node.write("var/stub/served/bootstrap/7120a.bootstrap.tar.xz", "archive")
  }

  @Test func fetchesWhatNodesFetch() async throws {
    try release()
    let report = try await fetch(before: InstallSandbox.serve("/var/stub/served"))
    #expect(report.bootstrapID == "7120a" && report.archiveBytes == 7)
    #expect(report.installerBytes == 60)
  }

  @Test func fetchingSaysWhatIsWrong() async throws {
    try release()
    let wrong = try await #require(throws: ForgeError.self) {
      try await fetch(before: InstallSandbox.serve("/var/stub"))
    }
    #expect(wrong.advice.contains("root of genconf/serve"))
    let silent = try await #require(throws: ForgeError.self) { try await fetch(before: "") }
    #expect(silent.observed == "connection refused" && silent.disposition == .retry)
    try sandbox.node.remove("var/stub/served/bootstrap")
    let half = try await #require(throws: ForgeError.self) {
      try await fetch(before: InstallSandbox.serve("/var/stub/served"))
    }
    #expect(half.summary.contains("7120a.bootstrap.tar.xz") && half.observed == "HTTP 404")
    try release(burnt: "http://10.1.1.8:8080")
    let other = try await #require(throws: ForgeError.self) {
      try await fetch(before: InstallSandbox.serve("/var/stub/served"))
    }
    #expect(other.summary.contains("another bootstrap_url"))
  }
}
