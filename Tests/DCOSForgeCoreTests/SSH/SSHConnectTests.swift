@testable import ForgeSSH
@testable import ForgeKeys
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

extension SSHServerTests {
  /// What can go wrong before the first command.
  @Suite(.serialized) struct SSHConnectTests {
    private func failure(
      _ endpoint: NodeEndpoint, timeout: Duration = .seconds(10),
      identity: KeyPair? = nil
    ) async throws -> ForgeError {
      let shell = try SSHShell(identity: identity ?? .generate(comment: ""))
      let error = await #expect(throws: ForgeError.self) {
        _ = try await shell.connect(to: endpoint, timeout: timeout)
      }
      let found = try #require(error)
      #expect(found.category == .unreachable)
      #expect(found.subject == "lxzk01")
      return found
    }

    private func endpoint(port: Int) throws -> NodeEndpoint {
      NodeEndpoint(
        node: try #require(NodeName("lxzk01")), address: try #require(IPv4Address("127.0.0.1")),
        port: port, user: "root", hostKey: [UInt8](repeating: 1, count: 32))
    }

    @Test func aForeignHostKeyStopsTheRun() async throws {
      let server = try await SSHServer()
      var endpoint = try server.endpoint()
      let planned = try KeyPair.generate(comment: "")
      endpoint.hostKey = planned.publicKey
      let error = try await failure(endpoint, identity: server.user)
      #expect(error.disposition == .final)
      #expect(error.observed.contains(planned.fingerprint))
      #expect(error.observed.contains(server.host.fingerprint))
      // Nothing was sent to the stranger: no login was tried.
      #expect(!server.log.contains("Accepted"))
    }

    @Test func aHostWithOnlyAnRSAKeyIsExplained() async throws {
      let scratch = try Scratch()
      let path = scratch.file("rsa")
      _ = try await Programs.openSSH("ssh-keygen", ["-q", "-t", "rsa", "-N", "", "-f", path])
      let server = try await SSHServer(hostKeyFile: path)
      let error = try await failure(try server.endpoint(), identity: server.user)
      #expect(error.observed.contains("only RSA host keys"), "\(error)")
      #expect(error.advice.contains("HostKey"))
      #expect(error.disposition == .afterFix)
    }

    @Test(arguments: [
      ("Ciphers aes256-gcm@openssh.com", "ciphers are only aes256-gcm@openssh.com"),
      ("MACs hmac-sha2-256-etm@openssh.com", "codes are only hmac-sha2-256-etm@openssh.com"),
      ("KexAlgorithms sntrup761x25519-sha512@openssh.com", "key exchanges are only sntrup761"),
    ])
    func aHardenedServerIsExplained(_ line: String, _ words: String) async throws {
      let server = try await SSHServer([line])
      let error = try await failure(try server.endpoint(), identity: server.user)
      #expect(error.observed.contains(words), "\(error)")
      #expect(error.disposition == .afterFix)
    }

    @Test(arguments: [
      "Ciphers aes256-ctr", "MACs hmac-sha2-512", "KexAlgorithms ecdh-sha2-nistp256",
      "KexAlgorithms diffie-hellman-group14-sha256",
    ])
    func serversOfOtherTastesAreUnderstood(_ line: String) async throws {
      let server = try await SSHServer([line])
      let connection = try await server.open()
      #expect(try await connection.execute("true", timeout: .seconds(60)).succeeded)
    }

    @Test func aRefusedLoginMayBeTriedAgain() async throws {
      let server = try await SSHServer()
      let stranger = try KeyPair.generate(comment: "")
      let error = try await failure(try server.endpoint(), identity: stranger)
      #expect(error.disposition == .retry)
      #expect(error.observed.contains(stranger.fingerprint))
      #expect(error.summary.contains("login as \(SSHServer.account)"))
      let nobody = try await failure(
        try server.endpoint(user: "no-such-user"), identity: server.user)
      #expect(nobody.disposition == .retry)
    }

    @Test func nobodyListens() async throws {
      let error = try await failure(try endpoint(port: try SSHServer.freePort()))
      #expect(error.disposition == .retry)
      #expect(error.observed == "Connection refused")
    }

    @Test(arguments: [0, -1, 65_536])
    func aPortThatIsNone(_ port: Int) async throws {
      let error = try await failure(try endpoint(port: port))
      #expect(error.observed.contains("no port"))
    }

    /// What a peer that is no sshd may do.
    enum Peer: CaseIterable {
      case silent, closing, closingAfterBanner, web, binary, endless, slowBanner, banner, badPackets

      var disposition: ForgeError.Disposition { .retry }

      func play(_ descriptor: Int32) {
        func say(_ text: String) {
          _ = unsafe text.withCString { unsafe send(descriptor, $0, strlen($0), 0x4000) }
        }
        switch self {
        case .silent: return
        case .closing: break
        case .closingAfterBanner: say("SSH-2.0-OpenSSH_9.2\r\n")
        case .web: say("HTTP/1.1 400 Bad Request\r\n\r\n")
        case .binary:
          let bytes = (0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
          _ = unsafe send(descriptor, bytes, bytes.count, 0x4000)
        case .endless:
          let line = [UInt8](repeating: 65, count: 1000) + [10]
          while unsafe send(descriptor, line, line.count, 0x4000) > 0 {}
        case .slowBanner:
          for letter in "SSH-2.0-OpenSSH_9.2" {
            say(String(letter))
            usleep(100_000)
          }
          return
        case .banner:
          say("SSH-2.0-OpenSSH_9.2\r\n")
          return
        case .badPackets:
          say("SSH-2.0-OpenSSH_9.2\r\n")
          let bytes: [UInt8] = [0, 0, 0x7F, 0xFF, 3] + [UInt8](repeating: 20, count: 5000)
          _ = unsafe send(descriptor, bytes, bytes.count, 0x4000)
          return
        }
        shutdown(descriptor, Int32(SHUT_WR))
      }
    }

    @Test(arguments: Peer.allCases)
    func aPeerThatIsNoSSHServer(_ peer: Peer) async throws {
      let listener = try Listener()
      defer { listener.close() }
      listener.serve { descriptor in
        Thread.detachNewThread { peer.play(descriptor) }
      }
      let start = ContinuousClock.now
      let error = try await failure(try endpoint(port: listener.port), timeout: .seconds(2))
      #expect(ContinuousClock.now - start < .seconds(30))
      #expect(error.disposition == .retry, "\(error)")
      #expect(!error.observed.isEmpty, "\(error)")
      switch peer {
      case .silent: #expect(error.observed.contains("banner"))
      case .web: #expect(error.observed.contains("HTTP/1.1 400"))
      default: break
      }
    }

    @Test func realSSHTakesOurFiles() async throws {
      let server = try await SSHServer()
      let scratch = try Scratch()
      try PrivateFile.write(server.user.privateKeyFile.utf8, to: scratch.file("id"))
      let known = HostKey.knownHostsLine(
        address: "127.0.0.1", port: server.port, publicKey: server.host.publicKey)
      try PrivateFile.write((known + "\n").utf8, to: scratch.file("known"))
      let result = try await Programs.openSSH(
        "ssh",
        [
          "-F", "none", "-i", scratch.file("id"), "-o", "StrictHostKeyChecking=yes", "-o",
          "UserKnownHostsFile=\(scratch.file("known"))", "-o", "IdentitiesOnly=yes", "-o",
          "BatchMode=yes", "-p", String(server.port), "127.0.0.1", "echo $((40 + 2))",
        ])
      #expect(result == CommandResult(status: .exited(0), standardOutput: "42\n"))
    }

    @Test(.timeLimit(.minutes(2)))
    func manyConnectionsAtOnce() async throws {
      let server = try await SSHServer()
      var settings = SSHSettings()
      settings.handshakeLimit = 4
      let shell = try server.shell(settings)
      let endpoint = try server.endpoint()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<40 {
          group.addTask {
            let connection = try await shell.open(endpoint, timeout: .seconds(90))
            let result = try await connection.execute("echo \(index)", timeout: .seconds(90))
            #expect(result.standardOutput == "\(index)\n")
            await connection.close()
          }
        }
        try await group.waitForAll()
      }
    }

    @Test func aMissingServerProgramIsNamed() {
      #expect("\(SSHServer.missing("/usr/sbin/sshd"))".contains("apt-get install openssh-server"))
    }
  }
}
