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

/// A script for nodes: assignments of values, the common prelude, then the task's own files.
struct NodeScript {
  /// A value that a script gets as a shell variable.
  enum Value {
    /// A scalar.
    case text(String)
    /// An indexed array.
    case list([String])
  }

  /// The variables by name, in the order they are written.
  var variables: [(name: String, value: Value)]
  /// The files of `Resources/Node` after the prelude, in the order they are evaluated.
  var files: [[UInt8]]

  /// Makes a script.
  init(_ variables: [(name: String, value: Value)] = [], files: [[UInt8]]) {
    self.variables = variables
    self.files = files
  }

  /// The whole text.
  var text: String {
    var lines = variables.map { name, value in
      switch value {
      case .text(let text): "\(name)=\(Self.quote(text))"
      case .list(let words): "\(name)=(\(words.map(Self.quote).joined(separator: " ")))"
      }
    }
    for file in [PackageResources.prelude_sh] + files {
      lines.append(String(decoding: file, as: UTF8.self))
    }
    return lines.joined(separator: "\n")
  }

  /// The text as one word of a shell command, whatever it holds.
  ///
  /// A NUL byte cannot be part of a shell word and is left out.
  static func quote(_ text: String) -> String {
    var word = "'"
    for scalar in text.unicodeScalars where scalar != "\0" {
      if scalar == "'" { word += #"'\''"# } else { word.unicodeScalars.append(scalar) }
    }
    return word + "'"
  }
}
