@testable import ForgePorts
@testable import ForgeNodeProtocol
@testable import ForgeModel
@testable import ForgeSSH
@testable import ForgeKeys
import Foundation
import Testing

@testable import DCOSForgeCore

extension SSHServerTests {
  /// Logging in with an operator's own key file, and what is then done for `adopt`.
  @Suite(.serialized) struct SSHIdentityTests {
    /// A key file that ssh-keygen made.
    private func keyFile(_ scratch: Scratch, _ options: [String]) async throws -> String {
      let path = scratch.file("id")
      _ = try await Programs.openSSH("ssh-keygen", ["-q", "-f", path] + options)
      return path
    }

    @Test func anOperatorsKeyLogsIn() async throws {
      let scratch = try Scratch()
      let path = try await keyFile(scratch, ["-t", "ed25519", "-N", "", "-C", "me@desk"])
      let identity = try KeyPair.identity(at: path)
      let server = try await SSHServer(user: identity)
      let connection = try await SSHShell(identity: identity)
        .connect(to: server.endpoint(), timeout: .seconds(60))
      let result = try await connection.run(.shell("echo in"), timeout: .seconds(60))
      #expect(result.standardOutput == "in\n")
      await connection.close()
    }

    @Test(arguments: [
      (["-t", "ed25519", "-N", "secret"], "passphrase"), (["-t", "rsa", "-N", ""], "ssh-rsa"),
      (["-t", "ecdsa", "-N", ""], "ecdsa-sha2-nistp256"),
    ])
    func anotherKeyIsExplained(_ options: [String], _ word: String) async throws {
      let scratch = try Scratch()
      let path = try await keyFile(scratch, options)
      let error = #expect(throws: ForgeError.self) { try KeyPair.identity(at: path) }
      #expect(error?.category == .configuration && error?.subject == path)
      #expect(error?.observed.contains(word) == true)
      #expect(error?.advice.contains("ssh-copy-id") == true)
    }

    @Test func aFileThatIsNotThereOrOpenToOthersIsReported() async throws {
      let scratch = try Scratch()
      let none = #expect(throws: ForgeError.self) { try KeyPair.identity(at: scratch.file("none")) }
      #expect(none?.summary.contains("no such private key") == true)
      let path = try await keyFile(scratch, ["-t", "ed25519", "-N", ""])
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
      let open = #expect(throws: ForgeError.self) { try KeyPair.identity(at: path) }
      #expect(open?.advice.contains("chmod 600") == true)
    }

    /// sshd with `/etc/ssh` and the login's `.ssh` in a mount namespace of its own.
    @Test(.enabled(if: geteuid() == 0))
    func theHostKeyComesAndTheUserKeyGoesThere() async throws {
      let (scratch, host, user) = (
        try Scratch(), try KeyPair.generate(comment: "lxzk01"), try KeyPair.generate(comment: "new")
      )
      let inside = """
        mkdir -p ~/.ssh && mount --make-rprivate / && mount --bind "$0/etc" /etc/ssh &&
        mount --bind "$0/ssh" ~/.ssh && exec "$@"
        """
      for folder in ["etc", "ssh"] {
        try FileManager.default.createDirectory(
          atPath: scratch.file(folder), withIntermediateDirectories: true)
      }
      try PrivateFile.write(host.privateKeyFile.utf8, to: scratch.file("etc/ssh_host_ed25519_key"))
      let server = try await SSHServer(
        prefix: ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", inside, scratch.path], host: host)
      let connection = try await server.open()
      let bytes = try await connection.download(
        HostKey.privatePath, limit: 16 * 1024, timeout: .seconds(60))
      #expect(bytes == Array(host.privateKeyFile.utf8))
      let task = NodeTask.authorize(key: user.publicLine, account: SSHServer.account)
      for state in ["added", "present"] {
        let result = try await connection.run(task, timeout: .seconds(60))
        #expect(result.standardOutput.contains("\"state\":\"\(state)\""), "\(result)")
      }
      let text = try String(contentsOfFile: scratch.file("ssh/authorized_keys"), encoding: .utf8)
      #expect(text == user.publicLine + "\n")
      await connection.close()
    }
  }
}
