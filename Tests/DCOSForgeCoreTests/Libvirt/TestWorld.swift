@testable import ForgeLibvirt
import Foundation

@testable import DCOSForgeCore

/// A world of libvirt's test driver that nobody else sees.
enum TestWorld {
  /// A hypervisor over a fresh, empty world.
  static func hypervisor() throws -> LibvirtHypervisor {
    let path = FileManager.default.temporaryDirectory.path + "/dcosforge-node-\(UUID()).xml"
    let node = """
      <node><cpu><nodes>1</nodes><sockets>1</sockets><cores>4</cores><threads>1</threads></cpu>
      <memory>33554432</memory></node>
      """
    try node.write(toFile: path, atomically: true, encoding: .utf8)
    return LibvirtHypervisor(uri: "test://\(path)", connections: 1)
  }
}
