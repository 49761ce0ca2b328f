import Testing

@testable import DCOSForgeCore

/// Lives that once broke a law, by what was wrong then.
@Suite struct RehearsalSeedTests {
  /// A wipe that was killed after its last change, but before it had counted the generation up, was taken for
  /// done: the next `up` made a disk again that had booted, under the old host key.
  @Test(arguments: [4, 34, 39] as [UInt64])
  func aWipeKilledBeforeItCounted(seed: UInt64) {
    let life = RehearsalTests.rehearsal.life(seed: seed)
    #expect(life.breach == nil)
  }

  /// The same, at every change of a wipe.
  @Test(arguments: ["lxb002", "lxzk01"])
  func aWipeKilledAtEveryChange(node: String) {
    var kills = 0
    for change in 1...9 {
      let scenario = Scenario(
        seed: 4, .wipe([Samples.name(node)], rejoins: false), of: .healthy,
        interruption: .killAtChange(change))
      let life = RehearsalTests.rehearsal.live(scenario)
      #expect(life.breach == nil, "killed at change \(change)")
      kills += life.chapters.count { if case .killed = $0.ending { true } else { false } }
    }
    #expect(kills > 5)
  }
}
