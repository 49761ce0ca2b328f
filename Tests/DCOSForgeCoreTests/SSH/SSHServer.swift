@testable import ForgeSSH
@testable import ForgeModel
@testable import ForgeKeys
import Foundation
import Testing

@testable import DCOSForgeCore

/// The tests with a real sshd: suites beside each other, in each one test at a time, because many
/// of them measure time.
@Suite struct SSHServerTests {}

/// A real sshd of our own on the loopback, ended with the value that stands for it.
final class SSHServer: Sendable {
  struct Unavailable: Error, CustomStringConvertible {
    var description: String
  }

  let user: KeyPair
  let host: KeyPair
  let port: Int
  let folder: String
  let pid: Int32
  /// The account that the tests run as, and log in as.
  static let account = NSUserName()

  /// Starts a server with our keys; `extra` are further lines of its configuration.
  init(
    _ extra: [String] = [], hostKeyFile: String? = nil, prefix: [String] = [],
    address: String = "127.0.0.1", port chosen: Int? = nil, folder chosenFolder: String? = nil,
    user chosenUser: KeyPair? = nil, host chosenHost: KeyPair? = nil
  ) async throws {
    let program = "/usr/sbin/sshd"
    guard FileManager.default.isExecutableFile(atPath: program) else {
      throw Self.missing(program)
    }
    if geteuid() == 0 {
      try FileManager.default.createDirectory(
        atPath: "/run/sshd", withIntermediateDirectories: true)
    }
    user = try chosenUser ?? .generate(comment: "user")
    host = try chosenHost ?? .generate(comment: "host")
    port = try chosen ?? Self.freePort()
    folder = chosenFolder ?? NSTemporaryDirectory() + "dcosforge-sshd-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try PrivateFile.write(host.privateKeyFile.utf8, to: folder + "/host")
    try PrivateFile.write((user.publicLine + "\n").utf8, to: folder + "/authorized")
    let lines =
      [
        "Port \(port)", "ListenAddress \(address)", "HostKey \(hostKeyFile ?? folder + "/host")",
        "AuthorizedKeysFile \(folder)/authorized", "StrictModes no", "UsePAM no", "PidFile none",
        "PasswordAuthentication no", "PermitRootLogin yes", "MaxStartups 200",
        "PubkeyAuthentication yes",
        // bash reads no start-up file then: those of a developer may take long.
        "SetEnv SHLVL=2",
      ] + extra
    try lines.joined(separator: "\n").write(
      toFile: folder + "/config", atomically: true, encoding: .utf8)
    let words = prefix + [program, "-D", "-e", "-f", folder + "/config"]
    pid = try await LocalProgram.start(words, log: folder + "/log")
    let deadline = Date(timeIntervalSinceNow: 30)
    while !self.log.contains("Server listening") {
      guard LocalProgram.isRunning(pid), Date() < deadline else {
        throw Unavailable(description: "sshd did not start: \(self.log)")
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  static func missing(_ program: String) -> Unavailable {
    Unavailable(description: "\(program) is missing: apt-get install openssh-server")
  }

  var log: String { (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? "" }

  deinit {
    for child in Self.descendants(of: pid) + [pid] { kill(child, SIGKILL) }
    try? FileManager.default.removeItem(atPath: folder)
  }

  func endpoint(user name: String = SSHServer.account) throws -> NodeEndpoint {
    NodeEndpoint(
      node: try #require(NodeName("lxzk01")), address: try #require(IPv4Address("127.0.0.1")),
      port: port, user: name, hostKey: host.publicKey)
  }

  func shell(_ settings: SSHSettings = SSHSettings()) throws -> SSHShell {
    try SSHShell(identity: user, settings: settings)
  }

  func open(_ settings: SSHSettings = SSHSettings()) async throws -> SSHConnection {
    try await shell(settings).open(endpoint(), timeout: .seconds(60))
  }

  /// The processes of the server that serve connections.
  var sessionProcesses: [Int32] { Self.descendants(of: pid) }

  /// All processes below one, the youngest last.
  static func descendants(of pid: Int32) -> [Int32] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    var parents: [Int32: Int32] = [:]
    for name in all {
      guard let child = Int32(name),
        let stat = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8),
        let end = stat.lastIndex(of: ")")
      else { continue }
      let fields = stat[stat.index(end, offsetBy: 2)...].split(separator: " ")
      if fields.count > 1, let parent = Int32(fields[1]) { parents[child] = parent }
    }
    var found: [Int32] = []
    var open = [pid]
    while let next = open.popLast() {
      let children = parents.filter { $0.value == next }.keys.sorted()
      found += children
      open += children
    }
    return found
  }

  static func freePort() throws -> Int {
    let listener = try Listener()
    defer { listener.close() }
    return listener.port
  }
}

/// A listening TCP socket on the loopback.
struct Listener {
  let descriptor: Int32
  let port: Int

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let socket = descriptor
    let bound = unsafe withUnsafeMutablePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(socket, $0, size) == 0 && listen(socket, 64) == 0
          && getsockname(socket, $0, &size) == 0
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    guard bound else { throw SSHServer.Unavailable(description: "no loopback socket: \(errno)") }
  }

  /// Takes connections on a thread of its own, until the socket is closed.
  func serve(_ body: @escaping @Sendable (Int32) -> Void) {
    let descriptor = descriptor
    Thread.detachNewThread {
      while true {
        let peer = accept(descriptor, nil, nil)
        if peer < 0 { return }
        body(peer)
      }
    }
  }

  func close() {
    shutdown(descriptor, Int32(SHUT_RDWR))
    Glibc.close(descriptor)
  }
}
