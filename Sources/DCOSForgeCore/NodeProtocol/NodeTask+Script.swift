/// The bash scripts that nodes run: each task's own folder holds its script's values and files.
extension NodeTask {
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
    case .forget: NodeScript.forget.text
    }
  }
}
