@testable import ForgePorts
@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

@Suite struct DeadlineTests {
  private static let expired = ForgeError(.timeout, "nobody knows why")
  private let clock = SystemClock()

  /// What comes out of work that ends with `error` once it is cancelled.
  private func outcome(ofWorkEndingWith error: ForgeError) async -> ForgeError? {
    do throws(ForgeError) {
      let clock = clock
      try await withDeadline(
        clock.now.advanced(by: .milliseconds(20)), on: clock, expired: { Self.expired },
        { () async throws(ForgeError) in
          try? await clock.sleep(for: .seconds(60))
          throw error
        })
      return nil
    } catch {
      return error
    }
  }

  @Test func theWorkKnowsBestWhyItIsLate() async {
    let own = ForgeError(.timeout, "lxzk02 was never reached")
    #expect(await outcome(ofWorkEndingWith: own) == own)
  }

  @Test func anExpiryIsNoInterruption() async {
    #expect(await outcome(ofWorkEndingWith: .stopped) == Self.expired)
    #expect(await outcome(ofWorkEndingWith: ForgeError(.unreachable, "x")) == Self.expired)
  }

  @Test func whatIsInTimeIsNotTouched() async throws {
    let clock = clock
    let value = try await withDeadline(
      clock.now.advanced(by: .seconds(60)), on: clock, expired: { Self.expired },
      { () async throws(ForgeError) in 7 })
    #expect(value == 7)
  }
}
