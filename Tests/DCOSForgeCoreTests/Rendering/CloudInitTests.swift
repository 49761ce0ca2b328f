@testable import ForgePlanning
@testable import ForgeRendering
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

@Suite struct CloudInitTests {
  private let keys = Samples.wanted().keys

  private func files(
    _ spec: ClusterSpec = Samples.spec, _ index: Int = 1
  ) throws -> [String: String] {
    try CloudInit.files(for: spec.nodes[index], in: spec, keys: keys)
  }

  /// The content of a file as the parser sees it.
  private func object(_ text: String?) throws -> [String: Any] {
    let text = try #require(text)
    return try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func theFilesOfTheSeedsFirstMaster() throws {
    let files = try files()
    #expect(files.keys.sorted() == ["meta-data", "network-config", "user-data"])
    for (name, text) in files { try Goldens.expect(text, is: "cloud-init/lxzk01/\(name)") }
  }

  @Test func anotherAccountGetsSudoAndTheKeysInsteadOfRoot() throws {
    var spec = Samples.spec
    spec.ssh.user = "centos"
    spec.ssh.authorizedKeys = ["ssh-ed25519 AAAA \"quoted\" # and\\more"]
    let text = try #require(try files(spec)["user-data"])
    #expect(text.hasPrefix("#cloud-config\n"))
    let data = try object(String(text.dropFirst("#cloud-config\n".count)))
    #expect(data["disable_root"] as? Bool == true)
    let user = try #require((data["users"] as? [[String: Any]])?.first)
    #expect(user["name"] as? String == "centos")
    #expect(user["sudo"] as? String == "ALL=(ALL) NOPASSWD:ALL")
    #expect(
      user["ssh_authorized_keys"] as? [String] == ["ssh-ed25519 user"] + spec.ssh.authorizedKeys)
  }

  @Test func aWipedNodeIsAnotherInstance() throws {
    var keys = keys
    let name = Samples.name("lxzk01")
    let first = try object(try files()["meta-data"])["instance-id"] as? String
    keys.hosts[name]?.generation = 2
    let files = try CloudInit.files(for: Samples.spec.nodes[1], in: Samples.spec, keys: keys)
    #expect(first == "dcos_gsi-lxzk01-1")
    #expect(try object(files["meta-data"])["instance-id"] as? String == "dcos_gsi-lxzk01-2")
  }

  @Test func resolversOfTheFileReplaceTheGateway() throws {
    var spec = Samples.spec
    spec.network.resolvers = [Samples.address("10.1.1.2"), Samples.address("10.1.1.3")]
    let text = try #require(try files(spec)["network-config"])
    #expect(text.contains("10.1.1.2") && text.contains("10.1.1.3"))
    #expect(try files()["network-config"]?.contains("10.1.1.2") == false)
  }

  @Test func aDomainOfTheFileMakesTheFullNames() throws {
    var spec = Samples.spec
    spec.network.domain = "dc1.example.com"
    let files = try files(spec)
    let text = try #require(files["user-data"])
    let data = try object(String(text.dropFirst("#cloud-config\n".count)))
    #expect(data["hostname"] as? String == "lxzk01")
    #expect(data["fqdn"] as? String == "lxzk01.dc1.example.com")
    let hosts = try #require(
      (data["write_files"] as? [[String: Any]])?.first?["content"] as? String)
    #expect(hosts.contains("\n10.1.1.13 lxb001.dc1.example.com lxb001\n"))
    #expect(!text.contains("internal"))
    #expect(try object(files["meta-data"])["local-hostname"] as? String == "lxzk01")
    #expect(files["network-config"]?.contains("\"dc1.example.com\"") == true)
  }

  @Test func aNodeWithoutAHostKeyIsRefused() {
    #expect(throws: ForgeError.self) {
      try CloudInit.files(
        for: Samples.spec.nodes[0], in: Samples.spec,
        keys: ClusterKeys(userPublicLine: "", hosts: [:]))
    }
  }
}
