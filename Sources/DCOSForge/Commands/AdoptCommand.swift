import ForgePlanning
import ForgeModel
import ForgeKeys
import ArgumentParser
import DCOSForgeCore

/// Rebuilds a lost state folder.
struct AdoptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adopt",
    abstract: "Rebuild a lost state folder from the running cluster.",
    discussion: """
      Generations and public host keys come from the marks of the machines. Private host keys come \
      from the nodes and must fit the marks. Each node accepts the state folder's user key from \
      then on. What the folder already holds stays. If a node does not answer, the others are \
      adopted and the exit code is 5.

      Examples:
        dcosforge adopt
        dcosforge adopt --identity ~/.ssh/id_ed25519
      """)

  @OptionGroup var session: SessionOptions
  @OptionGroup var lock: LockOptions
  @OptionGroup var verbosity: VerboseOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "A private key that the nodes accept, such as one of ssh.authorized_keys.",
      discussion:
        "An Ed25519 key in OpenSSH's form, without a passphrase. Default: the state folder's key.",
      valueName: "file"))
  var identity: String?

  func run() async throws {
    let identity = try identity.map { path throws(ForgeError) in try KeyPair.identity(at: path) }
    let session = try self.session.open()
    let status = try await session.locked("adopt", lock) { try await adopt(session, as: identity) }
    if status != .success { throw ExitCode(status.rawValue) }
  }

  private func adopt(_ session: Session, as identity: KeyPair?) async throws -> ExitStatus {
    let view = try RunView(
      session, identity: identity, output: self.session.output, isVerbose: verbosity.verbose)
    let adopt = Adopt(
      session.spec, folder: session.folder, context: view.context, hasIdentity: identity != nil)
    let prepared = try await adopt.prepare()
    guard prepared.plan.hasChanges || self.session.output == .json else {
      for warning in prepared.plan.warnings { Console.standard.printNote("warning: \(warning)") }
      Console.standard.printResult("Nothing to adopt: \(session.folder.path) fits the marks.")
      return .success
    }
    return try await view.run { show in try await adopt.run(prepared, show: show) }
  }
}
