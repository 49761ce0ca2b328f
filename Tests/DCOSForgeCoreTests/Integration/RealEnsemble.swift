@testable import ForgeNodeProtocol
@testable import ForgeHealth
@testable import ForgeModel
import Foundation
import SystemPackage

@testable import DCOSForgeCore

/// Three masters on one network, each a network and mount namespace of its own, with a real
/// ZooKeeper.
///
/// Real: the ensemble (Debian's ZooKeeper on Java), its ports, the network between them, iptables.
/// The Exhibitor over it is the lab's stand-in. Nothing of this machine is changed, and everything
/// ends when the object goes, or when the tests' process does: the first process of the world waits
/// for the end of its standard input, and all others end with it.
final class RealEnsemble {
  private let scratch: Scratch
  private let world: pid_t
  private let lifeline: FileDescriptor
  private let hub: String
  private let pids: [NodeName: String]
  let masters: [NodeSpec]

  private static let release: String = {
    let parts = #filePath.split(separator: "/").dropLast(4)
    return "/" + parts.joined(separator: "/") + "/lab/release"
  }()

  /// Whether this machine has what it takes: root, Java, ZooKeeper and iptables.
  static let isPossible: Bool = {
    let needed = [
      "/usr/share/java/zookeeper.jar", "/usr/sbin/iptables", "/usr/bin/nsenter",
      "\(release)/node/standin/exhibitor.py",
    ]
    return geteuid() == 0 && needed.allSatisfy(FileManager.default.fileExists(atPath:))
  }()

  init() async throws {
    scratch = try Scratch()
    masters = (0..<3).map { index in
      NodeSpec(
        name: Samples.name("lxzk0\(index + 1)"), role: .master,
        address: Samples.address("10.1.1.\(49 + index)"))
    }
    let (lifelineEnd, lifeline) = try FileDescriptor.pipe()
    self.lifeline = lifeline
    world = try await LocalProgram.start(
      [
        "/usr/bin/unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
        "/bin/bash", "-c", Self.hubScript, "-", Self.release, Self.nodeScript,
      ], input: lifelineEnd, log: scratch.file("world"))
    var lines: [[String]] = []
    let deadline = Date(timeIntervalSinceNow: 60)
    while lines.last != ["ready"] {
      let text = try String(contentsOfFile: scratch.file("world"), encoding: .utf8)
      guard LocalProgram.isRunning(world), Date() < deadline else {
        throw ForgeError(.step, "the world did not start", observed: text)
      }
      lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      try await Task.sleep(for: .milliseconds(50))
    }
    var pids: [NodeName: String] = [:]
    for (master, line) in zip(masters, lines) { pids[master.name] = line[0] }
    self.pids = pids
    let children = try String(
      contentsOfFile: "/proc/\(world)/task/\(world)/children", encoding: .utf8)
    hub = ReportText.trimmed(children)
  }

  deinit {
    try? lifeline.close()
    kill(world, SIGKILL)
  }

  /// Runs a script on a master as the product would.
  func run(_ script: String, on master: NodeName) async throws -> CommandResult {
    try await LocalProgram.run(command(on: master), input: script)
  }

  private func command(on master: NodeName) -> [String] {
    [
      "/usr/bin/nsenter", "--target", hub, "--mount", "--net", "--pid", "--",
      "/usr/bin/nsenter", "--target", pids[master] ?? "", "--mount", "--net", "--",
      LocalScript.bash, "-c", "eval \"$(cat)\" </dev/null",
    ]
  }

  /// Reads all masters at once, as the gate does.
  func round() async -> QuorumRound {
    let script = NodeTask.readQuorum(masters: masters.map(\.address)).script
    var readings: [NodeName: Result<QuorumReport, ForgeError>] = [:]
    await withTaskGroup(of: (NodeName, Result<QuorumReport, ForgeError>).self) { group in
      for master in masters {
        let words = command(on: master.name)
        group.addTask {
          do {
            let result = try await LocalProgram.run(words, input: script)
            return (master.name, .success(try QuorumReport(result, on: master.name)))
          } catch {
            let fault = error as? ForgeError ?? ForgeError(.internalFault, "\(error)")
            return (master.name, .failure(fault))
          }
        }
      }
      for await (name, reading) in group { readings[name] = reading }
    }
    return QuorumRound(readings)
  }

  private static let hubScript = """
    set -e
    mount --make-rprivate /
    ip link set lo up
    ip link add lan type bridge
    ip link set lan up
    for i in 49 50 51; do
      unshare --net --mount bash -c "$2" - "$1" >/dev/null 2>&1 </dev/null &
      pid=$!
      while [ "$(readlink /proc/$pid/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; \
    done
      ip link add name v$i type veth peer name eth0 netns $pid
      ip link set v$i master lan up
      nsenter --target $pid --net ip address add 10.1.1.$i/24 dev eth0
      nsenter --target $pid --net ip link set lo up
      nsenter --target $pid --net ip link set eth0 up
      echo $pid
    done
    echo ready
    exec cat >/dev/null
    """

  private static let nodeScript = """
    set -e
    mount --make-rprivate /
    mount -t tmpfs tmpfs /opt
    mount -t tmpfs tmpfs /var/lib
    mkdir -p /opt/mesosphere/bin /opt/mesosphere/lib /opt/mesosphere/etc
    cp -r "$1/node/standin" /opt/mesosphere/lib/
    cp "$1/node/bin/standin" /opt/mesosphere/bin/
    echo '{"masters": ["10.1.1.49", "10.1.1.50", "10.1.1.51"]}' >/opt/mesosphere/etc/standin.json
    printf '%s\\n' '#!/bin/sh' "ip -4 -o addr show dev eth0 | sed 's/.* inet //; s,/.*,,'" \\
      >/opt/mesosphere/bin/detect_ip
    chmod +x /opt/mesosphere/bin/detect_ip
    until ip link show eth0 | grep -q 'state UP'; do sleep 0.1; done
    exec /opt/mesosphere/bin/standin exhibitor
    """
}
