@testable import ForgePlanning
import Testing

@testable import DCOSForgeCore

@Suite struct GenerationInputsTests {
  private func inputs(_ config: String) -> GenerationInputs {
    var wanted = Samples.wanted()
    wanted.genconf.config = Array(config.utf8)
    return GenerationInputs(wanted)
  }

  @Test func aChangeIsToldByParameterWithBothValues() {
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
}
