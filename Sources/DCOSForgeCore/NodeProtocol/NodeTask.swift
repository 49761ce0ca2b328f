package import ForgeModel

/// Something that is done on a node over one SSH exchange.
///
/// A closed list: ``script`` is what a real node runs for a case; the simulated node acts on the
/// case itself. Both print the same records. Each task has a folder of its own: the request, the
/// script's values, the records (`Record`: one JSON line of a node) and what is read from them
/// (`Report`). Every task may be repeated at any time: it checks first and does only what is
/// missing.
package enum NodeTask: Hashable, Sendable {
  /// An operator's own command line, run by the login account's shell.
  case shell(String)
  /// Waits until cloud-init has finished; exits 0 when it did without error.
  case awaitCloudInit
  /// Prints ``FactsReport`` as JSON lines; changes nothing.
  case facts(FactsRequest)
  /// Points the node's chrony (or ntp) at the servers and starts it.
  case configureTime(TimeSettings)
  /// Prints the ``ClockRecord``.
  case clock
  /// Brings the prerequisites of DC/OS: each checked, fixed, verified, one JSON line per item.
  case prepare(Preparation)
  /// Runs the given ip-detect script as DC/OS would, under an empty environment, and prints the
  /// result.
  case detectIP(script: String)
  /// Prints the SHA-256 of a file in 64 digits, or nothing when there is no such file.
  case checksum(path: String)
  /// Runs `dcos_generate_config.sh` in the bootstrap folder, detached, and waits for its end.
  case generate(Generation)
  /// Runs (or re-creates) the nginx container on `genconf/serve`.
  case serve(Serving)
  /// Fetches what DC/OS nodes fetch first from the bootstrap URL, and prints what came.
  case fetchServed(url: String)
  /// Runs DC/OS's own preflight for the role and our own checks of ports and paths.
  case preflight(Installation)
  /// Runs `dcos_install.sh`, detached so that a lost connection does not tear it, and waits for its
  /// end.
  case install(Installation)
  /// Reads ZooKeeper and Exhibitor as this master sees them.
  case readQuorum(masters: [IPv4Address])
  /// Asks the leading Mesos master which agents it lists, beginning at this master's own address.
  case listAgents(at: IPv4Address)
  /// Reads the state of this node and of every DC/OS component on it.
  case readHealth(HealthRequest)
  /// Reads journals, or follows them; prints the journal's own JSON objects.
  case readLogs(LogRequest)
  /// Looks at everything on the node that may explain a fault; changes nothing.
  case collectEvidence(EvidenceRequest)
  /// Asks the leading Mesos master to do something, beginning at this master's own address.
  case callMesos(OperatorCall, at: IPv4Address)
  /// Asks the cluster, through this master's own address, what an operator wants to know of it.
  case ask(ClusterQuestion, at: IPv4Address)
  /// Takes from the node's disk what is this machine's own, and powers the machine off; refused
  /// where DC/OS is.
  case seal
  /// Lets a public key, a line of `authorized_keys`, log in to the account.
  case authorize(key: String, account: String)
}

extension NodeTask {
  /// What our scripts print of a node alone: no more than a few hundred records and tails of files.
  private static let briefLimit = 1 << 20
  /// What grows with the cluster (an agent in Mesos' answers takes 3 to 5 KiB), and what programs
  /// say meanwhile; reading so much stays below 100 MiB of memory.
  private static let fullLimit = 8 << 20

  /// The most bytes that it may print on both streams; what prints more is ended.
  package var outputLimit: Int {
    switch self {
    case .shell, .awaitCloudInit, .facts, .configureTime, .clock, .detectIP, .checksum, .serve,
      .fetchServed, .readQuorum, .callMesos, .seal, .authorize:
      Self.briefLimit
    case .prepare, .generate, .preflight, .install, .listAgents, .readHealth, .collectEvidence,
      .ask:
      Self.fullLimit
    case .readLogs: 2 * LogRequest.byteLimit + Self.briefLimit
    }
  }

  /// What is sent to the node: for ``shell(_:)`` the operator's own command line for the login
  /// account's shell, otherwise a whole bash script that must run as root with nothing on its
  /// standard input.
  ///
  /// Scripts print JSON lines (``NodeReport``) and may be repeated at any time.
  package var script: String {
    switch self {
    case .shell(let command): command
    case .awaitCloudInit: NodeScript.awaitCloudInit.text
    case .facts(let request): NodeScript.facts(request).text
    case .configureTime(let settings): NodeScript.configureTime(settings).text
    case .clock: NodeScript.clock.text
    case .prepare(let preparation): NodeScript.prepare(preparation).text
    case .detectIP(let script): NodeScript.detectIP(script).text
    case .checksum(let path): ChecksumReport.command(for: path)
    case .generate(let generation): NodeScript.generate(generation).text
    case .serve(let serving): NodeScript.serve(serving).text
    case .fetchServed(let url): NodeScript.fetchServed(url).text
    case .preflight(let installation): NodeScript.preflight(installation).text
    case .install(let installation): NodeScript.install(installation).text
    case .readQuorum(let masters): NodeScript.readQuorum(masters).text
    case .listAgents(let address): NodeScript.listAgents(address).text
    case .readHealth(let request): NodeScript.readHealth(request).text
    case .readLogs(let request): NodeScript.readLogs(request).text
    case .collectEvidence(let request): NodeScript.collectEvidence(request).text
    case .callMesos(let call, let address): call.script(at: address).text
    case .ask(let question, let address): NodeScript.ask(question, address).text
    case .seal: NodeScript.seal.text
    case .authorize(let key, let account): NodeScript.authorize(key, account).text
    }
  }
}
