import DCOSForgeCore
import Foundation

/// Measures the SSH layer against sshd servers that are running already (see `bench/ssh-bench/run`).
///
/// Arguments: folder of the keys (`user`, `host.pub`), port, first address, number of hosts, steps per
/// host, form (`exec`: the command as argument; `task`: as a task's script), rounds.
/// Prints one line per round: wall seconds, our own CPU seconds (user and system), and per host.
@main struct Bench {
  static func main() async throws {
    let words = Array(CommandLine.arguments.dropFirst())
    guard words.count == 7, let port = Int(words[1]), let first = IPv4Address(words[2]),
      let hosts = Int(words[3]), let steps = Int(words[4]), let rounds = Int(words[6]),
      let user = try PrivateFile.read(words[0] + "/user"),
      let host = try PrivateFile.read(words[0] + "/host")
    else {
      print("usage: ssh-bench FOLDER PORT ADDRESS HOSTS STEPS exec|task ROUNDS")
      exit(3)
    }
    let identity = try KeyPair(privateKeyFile: String(decoding: user, as: UTF8.self))
    let hostKey = try KeyPair(privateKeyFile: String(decoding: host, as: UTF8.self)).publicKey
    let endpoints = (0..<hosts).compactMap { index in
      first.advanced(by: index).flatMap { address in
        NodeName("n\(index)").map {
          NodeEndpoint(
            node: $0, address: address, port: port, user: NSUserName(), hostKey: hostKey)
        }
      }
    }
    for _ in 0..<rounds {
      try await round(identity, endpoints, steps: steps, asTask: words[5] == "task")
    }
  }

  static func round(
    _ identity: KeyPair, _ endpoints: [NodeEndpoint], steps: Int, asTask: Bool
  ) async throws {
    let before = cpu()
    let start = ContinuousClock.now
    let shell = try SSHShell(identity: identity)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for endpoint in endpoints {
        group.addTask {
          let connection = try await shell.open(endpoint, timeout: .seconds(60))
          for _ in 0..<steps {
            let result =
              asTask
              ? try await connection.run(.shell("true"), timeout: .seconds(60))
              : try await connection.execute("true", timeout: .seconds(60))
            guard result.succeeded else { fatalError("true failed: \(result)") }
          }
          await connection.close()
        }
      }
      try await group.waitForAll()
    }
    let wall = ContinuousClock.now - start
    let used = cpu() - before
    let perHost = used / Double(endpoints.count) * 1000
    print(
      String(
        format: "hosts %d steps %d wall %.3f s cpu %.4f s (%.2f ms per host)", endpoints.count,
        steps, wall / .seconds(1), used, perHost))
  }

  /// CPU seconds of this process, all threads.
  static func cpu() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let times = [usage.ru_utime, usage.ru_stime]
    return times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
  }
}
