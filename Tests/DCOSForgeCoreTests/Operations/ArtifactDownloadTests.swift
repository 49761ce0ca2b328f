import Foundation
@testable import ForgeModel
@testable import ForgePlanning
import SystemPackage
import Testing

@testable import DCOSForgeCore

/// Downloads by the real curl from a web server of this machine.
@Suite struct ArtifactDownloadTests {
  /// Serves one file; `/ranges` knows byte ranges, `/slow` rests in the middle, `/cut` ends there.
  private final class Server: Sendable {
    private static let program = #"""
      import http.server, re, sys, time
      class Handler(http.server.BaseHTTPRequestHandler):
          def do_GET(self):
              body = open(sys.argv[1], "rb").read()
              path = self.path.split("?")[0]
              asked = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
              start = int(asked[1]) if asked and path == "/ranges" else 0
              if start and start >= len(body):
                  self.send_error(416)
                  return
              self.send_response(206 if start else 200)
              if start:
                  self.send_header(
                      "Content-Range", "bytes %d-%d/%d" % (start, len(body) - 1, len(body)))
              self.send_header("Content-Length", str(len(body) - start))
              self.end_headers()
              half = start + (len(body) - start) // 2
              self.wfile.write(body[start:half])
              self.wfile.flush()
              if path == "/slow":
                  time.sleep(2)
              if path != "/cut":
                  self.wfile.write(body[half:])
          def log_message(self, *rest):
              pass
      server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
      print(server.server_port, flush=True)
      server.serve_forever()
      """#

    let url: String
    private let scratch: Scratch
    private let pid: pid_t

    init(serving content: [UInt8]) async throws {
      scratch = try Scratch()
      let log = scratch.file("port")
      try Data(content).write(to: URL(filePath: scratch.file("served")))
      pid = try await LocalProgram.start(
        ["/usr/bin/env", "python3", "-c", Self.program, scratch.file("served")], log: log)
      var port: Int?
      for _ in 0..<1500 where port == nil {
        let text = try String(contentsOfFile: log, encoding: .utf8)
        if text.hasSuffix("\n") { port = Int(text.dropLast()) }
        try await Task.sleep(for: .milliseconds(20))
      }
      url = "http://127.0.0.1:\(try #require(port))"
    }

    deinit { kill(pid, SIGKILL) }
  }

  /// Passes for an image; longer than what curl and a socket hold back.
  private static func image(_ filling: UInt8) -> [UInt8] {
    SampleFiles.qcow2 + [UInt8](repeating: filling, count: 3_000_000)
  }

  private let new = Self.image(2)
  private let scratch: Scratch
  private var cache: String { scratch.file("cache") }

  init() throws {
    scratch = try Scratch()
    try FileManager.default.createDirectory(
      atPath: scratch.file("cache"), withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
  }

  private func fetch(_ url: String) async throws -> SHA256Sum {
    try await Artifacts(cache: cache).fetch(ArtifactSource(url), as: .image).sum
  }

  private func path(of url: String) -> String {
    "\(cache)/\(Blueprint.digest([url, ""]).prefix(24))"
  }

  private func parts() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: cache).filter { $0.hasSuffix(".part") }
  }

  /// The part of an earlier version, of the whole file, of a longer one; with ranges and without.
  @Test(arguments: ["/ranges", "/plain"], [1_000_000, 3_000_104, 4_000_000])
  func whatAKilledRunLeftIsNotUsed(_ page: String, _ length: Int) async throws {
    let server = try await Server(serving: new)
    let old = Array((Self.image(1) + Self.image(1)).prefix(length))
    let part = path(of: server.url + page) + ".part"
    try Data(old).write(to: URL(filePath: part))
    #expect(try await fetch(server.url + page) == SHA256Sum(hashing: new))
    #expect(try parts().isEmpty)
  }

  /// Such as two plans, which take no lock.
  @Test func twoRunsAtOnceBothGetTheWholeFile() async throws {
    let server = try await Server(serving: new)
    async let first = fetch(server.url + "/slow")
    async let second = fetch(server.url + "/slow")
    #expect(try await [first, second] == [SHA256Sum(hashing: new), SHA256Sum(hashing: new)])
    #expect(try parts().isEmpty)
    let kept = try Data(contentsOf: URL(filePath: path(of: server.url + "/slow")))
    #expect(kept == Data(new))
  }

  @Test func aPartStaysWhileItsRunLives() async throws {
    let server = try await Server(serving: new)
    let part = path(of: server.url + "/plain") + ".other.part"
    try Data([1]).write(to: URL(filePath: part))
    let file = try FileDescriptor.open(FilePath(part), .readWrite, options: .closeOnExec)
    #expect(flock(file.rawValue, LOCK_EX) == 0)
    #expect(try await fetch(server.url + "/plain") == SHA256Sum(hashing: new))
    #expect(try parts() == [String(part.split(separator: "/").last ?? "")])
    try file.close()
    _ = try await fetch(server.url + "/plain")
    #expect(try parts().isEmpty)
  }

  /// The killed run's curl goes on while the next run downloads the file again.
  @Test func aKilledRunHarmsNoLaterOne() async throws {
    let server = try await Server(serving: new)
    try await Executable.inFolder { tool in
      try tool.writeArtifacts()
      try tool.write(
        """
        version: 1
        cluster: north
        image: {source: "\(server.url)/slow"}
        dcos: {genconf: g, installer: {source: installer}}

        """, to: "dcosforge.yaml")
      let plan = "plan --state-dir s 2>&1"
      let left = try await tool.runInShell(
        """
        \(plan) >/dev/null &
        for i in $(seq 600); do [ -s s/north/cache/*.part ] && break; sleep 0.05; done
        kill -9 $!
        ls s/north/cache/*.part
        """)
      #expect(left.standardOutput.contains(".part"), "\(left)")
      let cache = tool.folder.appending(path: "s/north/cache")
      for _ in 1...2 { _ = try await tool.runInShell(plan) }
      let files = try FileManager.default.contentsOfDirectory(atPath: cache.path())
      let name = String(path(of: server.url + "/slow").split(separator: "/").last ?? "")
      #expect(Set(files) == [name, "checksums.json"])
      #expect(try Data(contentsOf: cache.appending(path: name)) == Data(new))
    }
  }

  @Test func aFileThatIsCutOffIsNotKept() async throws {
    let server = try await Server(serving: new)
    let url = server.url + "/cut"
    let error = await #expect(throws: ForgeError.self) { try await fetch(url + "?sig=S") }
    #expect(error?.disposition == .retry)
    #expect(error?.subject == url + "?…")
    #expect(try FileManager.default.contentsOfDirectory(atPath: cache).isEmpty)
  }
}
