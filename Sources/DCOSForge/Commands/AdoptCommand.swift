import ForgePlanning
import ForgeSSH
import ForgeModel
import ForgeKeys
import ArgumentParser
import DCOSForgeCore

/// Rebuilds a lost state folder.
struct AdoptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adopt",
    abstract: "Rebuild a lost state folder from the cluster that lives.",
    discussion: """
      Generations and public host keys come from the marks of the machines, the private host keys from the \
      nodes, each checked against its mark; the nodes let the state folder's user key in. What is there \
      and right stays. A node that does not answer is named, the others are adopted (exit code 5).
      """)

  @OptionGroup var session: SessionOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "A private key that the nodes let in, such as yours of ssh.authorized_keys.",
      discussion:
        "An Ed25519 key in OpenSSH's form, without a passphrase. Default: the state folder's own.",
      valueName: "file"))
  var identity: String?

  func run() async throws {
    let identity = try identity.map { path throws(ForgeError) in try KeyPair.identity(at: path) }
    let session = try self.session.open()
    let status = try await session.locked("adopt") { try await adopt(session, as: identity) }
    if status != .success { throw ExitCode(status.rawValue) }
  }

  private func adopt(_ session: Session, as identity: KeyPair?) async throws -> ExitStatus {
    let view = try RunView(session, options: self.session.output)
    var context = view.context
    if let identity { context.shell = try SSHShell(identity: identity) }
    let adopt = Adopt(
      session.spec, folder: session.folder, context: context, hasIdentity: identity != nil)
    let prepared = try await adopt.prepare()
    guard prepared.plan.hasChanges || self.session.output.output == .json else {
      for warning in prepared.plan.warnings { Console.standard.printNote("warning: \(warning)") }
      Console.standard.printResult("Nothing to adopt: \(session.folder.path) is as the marks say.")
      return .success
    }
    return try await view.run { show in try await adopt.run(prepared, show: show) }
  }
}
