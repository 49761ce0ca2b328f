internal import Crypto

/// What simulated nodes print: the same text that `Resources/Node` prints on real ones.
extension SimulatedWorld {
  /// How a task ended and what it printed.
  func result(
    of task: NodeTask, _ course: TaskCourse, on disk: String
  ) -> CommandResult {
    guard let node = machines[disk] else { return Self.failed("no such machine") }
    if let refusal = course.refusal { return Self.failed(refusal) }
    switch task {
    case .shell(let command): return Self.shell(command)
    case .checksum(let path):
      return Self.printed(
        node.files[path].map { SimulatedCluster.checksum(of: $0).description + "\n" } ?? "")
    case .awaitCloudInit:
      return node.cloudInit == .done ? Self.printed("") : Self.failed("status: error")
    default: return Self.printed(NodeReport.end)
    }
  }

  static func printed(_ text: String) -> CommandResult {
    CommandResult(status: .exited(0), standardOutput: text)
  }

  static func failed(_ text: String, status: Int32 = 1) -> CommandResult {
    CommandResult(status: .exited(status), standardError: text + "\n")
  }

  /// How long an operator's command takes: `sleep` as long as it says, others no time.
  static func time(of command: String) -> Duration {
    let words = command.split(separator: " ")
    guard words.first == "sleep", words.count == 2, let seconds = Double(words[1]) else {
      return .zero
    }
    return .milliseconds(Int64(max(0, seconds) * 1000))
  }

  /// The few commands that a simulated node knows.
  private static func shell(_ command: String) -> CommandResult {
    let words = command.split(separator: " ", maxSplits: 1).map(String.init)
    let rest = words.count > 1 ? words[1] : ""
    switch words.first {
    case "true", "sleep": return printed("")
    case "false": return CommandResult(status: .exited(1))
    case "echo": return printed(rest + "\n")
    case "exit": return CommandResult(status: .exited(Int32(rest) ?? 2))
    default:
      return failed("\(words.first ?? ""): command not found", status: 127)
    }
  }
}

extension SimulatedCluster {
  /// The checksum by which a simulated node knows a content: the real one of bytes, and for a local
  /// file, which the simulation does not read, one that follows from its path and size.
  public static func checksum(of content: ByteSource) -> SHA256Sum {
    let bytes: [UInt8] =
      switch content {
      case .bytes(let bytes): bytes
      case .file(let path, let size): Array("\(path) \(size)".utf8)
      }
    return SHA256Sum(of: bytes)
  }
}

extension SHA256Sum {
  /// The checksum of bytes in memory.
  init(of bytes: [UInt8]) {
    description = SHA256.hash(data: bytes).map { octet in
      (octet < 16 ? "0" : "") + String(octet, radix: 16)
    }.joined()
  }
}
