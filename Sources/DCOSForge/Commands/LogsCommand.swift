import ForgeEvents
import ForgeNodeProtocol
import ForgeModel
import ForgeDCOS
import ArgumentParser
import DCOSForgeCore
import Glibc

/// Shows journals, or packs the evidence.
struct LogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs",
    abstract: "Show the logs of several nodes by time, or pack all evidence.",
    discussion: """
      Without names it reads all masters and agents. Secrets are redacted. Exit code 5: a node \
      cannot be read; the lines of the others are shown.

      Examples:
        dcosforge logs lxzk01 --component exhibitor
        dcosforge logs --role agent --since 10m --follow
        dcosforge logs --bundle evidence.tar.gz
      """)

  @OptionGroup var session: SessionOptions

  @Argument(help: ArgumentHelp("Nodes or node sets, such as lxb00[1-3].", valueName: "node"))
  var names: [String] = []

  @OptionGroup var selection: NodeSelection

  @Option(
    name: .customLong("component"),
    help: ArgumentHelp(
      "A component such as exhibitor, install, docker, or a unit; repeatable.",
      valueName: "name"))
  var components: [String] = []

  @Flag(name: .shortAndLong, help: "Show new lines as they come, until Ctrl-C.")
  var follow = false

  @Option(
    help: ArgumentHelp(
      "Show lines from this time on: 10m, 2h, today, \"2024-05-01 12:30\" in UTC.",
      valueName: "time"))
  var since: String?

  @Flag(help: "Show only lines since the last boot.")
  var boot = false

  @Option(
    name: [.customShort("n"), .long],
    help: ArgumentHelp(
      "The most lines of a node.",
      discussion: "Default: 200, and with --since or --boot all.", valueName: "number"))
  var lines: Int?

  @Option(
    help: ArgumentHelp(
      "Pack all evidence of nodes and hypervisor into this archive.", valueName: "file.tar.gz"))
  var bundle: String?

  /// The most lines of a node without another option.
  static let usualLines = 200

  func validate() throws {
    if let lines, lines < 1 { throw ValidationError("-n must be at least 1") }
    let hasOthers =
      !names.isEmpty || !components.isEmpty || follow || since != nil || boot || lines != nil
      || !selection.roles.isEmpty || selection.all
    if bundle != nil, hasOthers {
      throw ValidationError("--bundle packs everything: it excludes the other options")
    }
  }

  func run() async throws {
    let session = try self.session.open()
    if let bundle { return try await pack(session, into: bundle) }
    let nodes = try chosen(session.spec)
    let query = try query(session)
    let logs = Logs(
      session.spec, keys: session.keys, context: try session.context(),
      redaction: session.redaction)
    let printer = LogPrinter(
      nodes, units: nodes.flatMap { logs.units(of: $0, query).all },
      isJSON: self.session.output == .json)
    if follow { return try await stay(logs, query, nodes, printer) }
    let report = try await logs.read(query, on: nodes)
    await printer.show(report.entries)
    for note in report.notes { Console.standard.printNote(note) }
    for failure in report.failures { Console.standard.printError(failure) }
    if let failure = report.failures.first { throw ExitCode(failure.exitStatus.rawValue) }
  }

  private func chosen(_ spec: ClusterSpec) throws(ForgeError) -> [NodeSpec] {
    if names.isEmpty, selection.roles.isEmpty, !selection.all {
      return spec.nodes.filter { $0.role != .bootstrap }
    }
    return try selection.nodes(named: names, of: spec)
  }

  private func query(_ session: Session) throws(ForgeError) -> Logs.Query {
    var query = Logs.Query()
    for name in components {
      query.sources.append(try LogSource(name, session.spec.dcos.version))
    }
    if let since {
      query.start = LogRequest.Start(since, now: session.clock.wallMilliseconds / 1000)
      if query.start == nil {
        throw ForgeError(
          .configuration, "is no time", on: since,
          advice: "write 10m, 2h30m, \"3 days ago\", 2024-05-01, \"2024-05-01 12:30\", today")
      }
    }
    query.isThisBootOnly = boot
    query.lines = lines ?? (since == nil && !boot ? Self.usualLines : nil)
    return query
  }

  /// Follows until the first Ctrl-C, which is a good end.
  private func stay(
    _ logs: Logs, _ query: Logs.Query, _ nodes: [NodeSpec], _ printer: LogPrinter
  ) async throws {
    // A reader that has enough ends it, as it ends tail -f.
    signal(SIGPIPE, SIG_DFL)
    do {
      try await withInterrupts {
        try await logs.follow(query, on: nodes) {
          await printer.show($0)
        } say: {
          Console.standard.printNote($0)
        }
      }
    } catch is Interrupted {
      return
    }
    throw ExitCode(ExitStatus.unreachable.rawValue)
  }

  private func pack(_ session: Session, into path: String) async throws {
    _ = try WholeFile(at: path)  // before anybody is asked
    Console.standard.printProgress("Asking all nodes and the hypervisor, at most a minute …")
    let bundle = try await session.evidence(occasion: "dcosforge logs --bundle")
    try await EvidenceArchive.write(bundle, to: path)
    Console.standard.printResult("\(path): \(bundle.summary)")
  }
}
