/// The bash scripts that nodes run.
extension NodeTask {
  /// What is sent to the node: for ``shell(_:)`` the operator's own command line for the login account's
  /// shell, otherwise a whole bash script that must run as root with nothing on its standard input.
  ///
  /// Scripts print JSON lines (``NodeReport``) and may be repeated at any time.
  package var script: String {
    switch self {
    case .shell(let command): command
    case .checksum(let path): "sha256sum < \(NodeScript.quote(path)) 2>/dev/null | cut -d' ' -f1"
    case .awaitCloudInit: NodeScript.awaitCloudInit.text
    case .facts(let request): NodeScript.facts(request).text
    case .configureTime(let settings): NodeScript.configureTime(settings).text
    case .clock: NodeScript.clock.text
    case .prepare(let preparation): NodeScript.prepare(preparation).text
    case .detectIP(let script): NodeScript.detectIP(script).text
    case .authorize(let key, let account): NodeScript.authorize(key, account).text
    case .forget: NodeScript.forget.text
    case .seal: NodeScript.seal.text
    case .generate(let generation): Self.generate(generation)
    case .serve(let serving): Self.serve(serving)
    case .fetchServed(let url): Self.fetchServed(url)
    case .preflight(let installation): Self.preflight(installation)
    case .install(let installation): Self.install(installation)
    case .readQuorum(let masters): Self.readQuorum(masters)
    case .listAgents(let address): Self.listAgents(address)
    case .callMesos(let call, let address): Self.callMesos(call, address)
    case .readHealth(let request): Self.readHealth(request)
    case .readLogs(let request): Self.readLogs(request)
    case .collectEvidence(let request): Self.collectEvidence(request)
    case .ask(let question, let address): Self.ask(question, address)
    }
  }
}
