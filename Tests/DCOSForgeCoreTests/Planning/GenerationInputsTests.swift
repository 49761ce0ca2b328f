@testable import ForgePlanning
import FoundationEssentials
import Testing

@testable import DCOSForgeCore

@Suite struct GenerationInputsTests {
  private func inputs(_ config: String) -> GenerationInputs {
    var wanted = Samples.wanted()
    wanted.genconf = wanted.genconf.with(config: Array(config.utf8))
    return GenerationInputs(wanted)
  }

  @Test func aChangeIsReportedByParameterWithBothValues() {
    let old = inputs("# a comment\ncluster_name: a\nresolvers:\n- 8.8.8.8\ngone: 1\n")
    let new = inputs("cluster_name: b\nresolvers:\n  # another\n  - 1.1.1.1\n")
    #expect(
      old.changes(to: new) == [
        "cluster_name: a → b", "resolvers: - 8.8.8.8 → - 1.1.1.1", "gone: 1 → nothing",
      ])
    #expect(new.changes(to: old).contains("gone: nothing → 1"))
    #expect(GenerationInputs(text: old.text) == old)
  }

  @Test func commentsAndOrderAreNoChange() {
    #expect(inputs("a: 1\n# x\nb: 2\n").changes(to: inputs("b: 2\n\na:  1\n")).isEmpty)
  }

  @Test(arguments: [
    "cluster_docker_credentials:\n  auths:\n    hub: s3cret\n",
    "exhibitor_azure_account_key: s3cret\n",
    "http_proxy: http://user:s3cret@proxy\n", "other: http://user:s3cret@host\n",
    "zk_super_credentials: super:s3cret\n",
  ])
  func secretsAreKeptAsDigestsOnly(_ config: String) {
    let text = inputs(config).text
    #expect(!text.contains("s3cret"))
    #expect(!inputs(config).changes(to: inputs(config.replacing("s3cret", with: "other"))).isEmpty)
  }

  /// The lines of the parameters alone.
  private func recorded(_ config: String) -> String {
    inputs(config).text.split(separator: "\n").dropFirst(3).joined(separator: "\n")
  }

  /// Nodes that an earlier version installed must not look as if their configuration had changed.
  @Test func blockStyleIsRecordedAsByEarlierVersions() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let file = try String(
      contentsOf: folder.appending(path: "../../../genconf/cluster.yaml"), encoding: .utf8)
    #expect(
      recorded(file) == """
        bootstrap_url http://10.1.1.8:8080
        cluster_name dcos_gsi
        master_discovery static
        exhibitor_storage_backend static
        master_list - 10.1.1.49 - 10.1.1.50 - 10.1.1.51
        resolvers - 10.1.1.1
        oauth_enabled dd1b605547e3e5ab
        telemetry_enabled 'false'
        """)
    #expect(
      recorded(Self.block) == """
        --- e3b0c44298fc1c14
        cluster_name  a b # and its reason
        oauth_enabled dd1b605547e3e5ab
        resolvers - 8.8.8.8 - "1.1.1.1"
        master_list - 10.1.1.49 - 10.1.1.50
        agent_list [10.1.1.52, 10.1.1.53]
        dns_search a.example b.example
        empty e3b0c44298fc1c14
        exhibitor_azure_account_key 107a6b1c95a2882d
        superuser_service_account_public_key 4ebf25ea543778aa
        cluster_docker_credentials c479cc3f0788a256
        other cb5266b6e7421a5c
        fault_domain_enabled false
        ... e3b0c44298fc1c14
        """)
  }

  private static let block = """
    ---
    # a comment
    cluster_name : a b  # and its reason
    oauth_enabled: 'false'
    resolvers:
    - 8.8.8.8
      # another
    - "1.1.1.1"

    master_list:
      - 10.1.1.49
      - 10.1.1.50
    agent_list: [10.1.1.52,  10.1.1.53]
    dns_search: a.example
      b.example
    empty:
    exhibitor_azure_account_key: s3cret
    superuser_service_account_public_key: |
      -----BEGIN PUBLIC KEY-----
      MIIB
      -----END PUBLIC KEY-----

    cluster_docker_credentials:
      # who
      auths:
        hub: s3cret
    other: http://user:s3cret@host
    fault_domain_enabled: false
    ...

    """

  @Test(arguments: [
    ("cluster_docker_credentials:\n  auths:\n    hub: s3cret\n", "c479cc3f0788a256"),
    ("exhibitor_azure_account_key: s3cret\n", "107a6b1c95a2882d"),
    ("http_proxy: http://user:s3cret@proxy\n", "acfd77a347541d27"),
    ("zk_super_credentials: super:s3cret\n", "f7a6bd94335a0f88"),
  ])
  func digestsStay(_ config: String, _ digest: String) {
    #expect(recorded(config).split(separator: " ").last == digest[...])
  }

  /// The same parameters in any style have the same names, and no secret is in the clear.
  @Test(arguments: [
    "{cluster_name: a, superuser_password: s3cret, dns_search: b}",
    "{\n\"cluster_name\": \"a\",\n\"superuser_password\": \"s3cret\",\n\"dns_search\": \"b\"\n}\n",
    "  cluster_name: a\n  superuser_password: s3cret\n  dns_search: b\n",
    "\"cluster_name\": a\n'superuser_password': s3cret\n\"dns_search\": b\n",
    "cluster_name: a\nsuperuser_password: \"x\ns3cret\"\ndns_search: b\n",
    "cluster_name: a\nsuperuser_password: [\ns3cret\n]\ndns_search: b\n",
    "cluster_name: a\nsuperuser_password: {x: s3cret}\ndns_search: b\n",
  ])
  func everyStyleHasTheParametersOfTheFile(_ config: String) {
    let text = recorded(config)
    let names = text.split(separator: "\n").map { $0.prefix { $0 != " " } }
    #expect(names == ["cluster_name", "superuser_password", "dns_search"])
    #expect(!text.contains("s3cret"))
    #expect(
      inputs(config).changes(to: inputs(config.replacing("s3cret", with: "other"))).count == 1)
  }

  @Test(arguments: [
    ("a: |\n  x\n  # y\n", "a: |\n  x\n  # z\n"),
    ("a: |\n  x\n  y\n", "a: |\n  x y\n"),
    ("a: \"x\n  # y\"\n", "a: \"x\n  # z\"\n"),
    ("'a: b': 1\n", "'a: b': 2\n"),
    ("a: {b: s3cret}\n", "a: {b: other}\n"),
  ])
  func aChangeIsSeenInEveryStyle(_ old: String, _ new: String) {
    let changes = inputs(old).changes(to: inputs(new))
    #expect(changes.count == 1)
    #expect(changes.first?.hasPrefix("a") == true)
    #expect(!recorded(old).contains("s3cret"))
  }

  @Test(arguments: ["- a\n", "a: [\n", "x", "? [a]\n: b\n", "", "# a\n"])
  func aFileThatIsNoMappingIsOneInput(_ config: String) {
    let text = recorded(config)
    #expect(text.hasPrefix("config.yaml ") && !text.contains("\n"))
  }
}
