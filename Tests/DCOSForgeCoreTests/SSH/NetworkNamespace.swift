@testable import ForgeModel
import Foundation

@testable import DCOSForgeCore

/// A network namespace with one address, reachable from here over a pair of virtual interfaces.
final class NetworkNamespace: Sendable {
  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  let name: String
  let address: IPv4Address

  /// Whether this machine lets us make one.
  static func isPossible() async -> Bool {
    let line = "command -v iptables && unshare --net ip link add dcf0 type veth peer name dcf1"
    guard geteuid() == 0 else { return false }
    return (try? await LocalProgram.run(["/bin/sh", "-c", line]))?.succeeded == true
  }

  init() async throws {
    // A run that was killed leaves its namespace behind.
    let free = (0..<250).filter {
      !FileManager.default.fileExists(atPath: "/run/netns/dcosforge-test-\($0)")
    }
    let number = free.randomElement() ?? 0
    name = "dcosforge-test-\(number)"
    guard let address = IPv4Address("198.18.\(number).2") else {
      throw Failed(description: "no address")
    }
    self.address = address
    let (outer, inner) = ("dcfo\(number)", "dcfi\(number)")
    try await Self.run("ip netns add \(name)")
    try await Self.run("ip link add \(outer) type veth peer name \(inner) netns \(name)")
    try await Self.run("ip address add 198.18.\(number).1/30 dev \(outer)")
    try await Self.run("ip link set \(outer) up")
    try await Self.run("ip -n \(name) address add \(address)/30 dev \(inner)")
    try await Self.run("ip -n \(name) link set \(inner) up")
    try await Self.run("ip -n \(name) link set lo up")
  }

  /// What runs a program inside.
  var prefix: [String] { ["/usr/sbin/ip", "netns", "exec", name] }

  /// Lets nothing in or out any more, without a word to either side.
  func dropEverything() async throws {
    try await Self.run("ip netns exec \(name) iptables -P INPUT DROP")
    try await Self.run("ip netns exec \(name) iptables -P OUTPUT DROP")
  }

  /// Takes namespace and interfaces away.
  func remove() async throws {
    try await Self.run("ip netns delete \(name)")
  }

  private static func run(_ line: String) async throws {
    let result = try await LocalProgram.run(["/bin/sh", "-c", line])
    guard result.succeeded else {
      throw Failed(description: "\(line): \(result.standardError)")
    }
  }
}
