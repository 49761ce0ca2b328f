@testable import ForgeModel
@testable import ForgeGenconf
import Foundation
import Testing

@testable import DCOSForgeCore

/// `docs/parameters.md` says what the table says.
@Suite struct ParameterPageTests {
  private static let page =
    "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    + "/docs/parameters.md"

  private var text: String {
    let head = """
      # DC/OS's parameters

      *Reference page.* It lists the parameters of the configuration of open-source DC/OS 1.11 to \
      2.2
      that an operator can set. `dcosforge explain NAME` prints the same. The page is generated \
      from the
      table by which `dcosforge validate` evaluates; `DCOSFORGE_RECORD=1 swift test` writes it \
      again.

      | parameter | meaning | type | must be | without a value | releases | advice |
      |---|---|---|---|---|---|---|

      """
    return head
      + GenconfParameters.all.filter { !$0.meaning.isEmpty }.map { ParameterText($0).row + "\n" }
      .joined()
  }

  @Test func thePageIsUpToDate() throws {
    guard (try? String(contentsOfFile: Self.page, encoding: .utf8)) != text else { return }
    if ProcessInfo.processInfo.environment["DCOSFORGE_RECORD"] == "1" {
      try text.write(toFile: Self.page, atomically: true, encoding: .utf8)
    }
    Issue.record("docs/parameters.md differs from the table; DCOSFORGE_RECORD=1 writes it again")
  }

  /// What an operator may set says what it is.
  @Test func everyParameterSaysWhatItIs() {
    for parameter in GenconfParameters.all where !parameter.isFixed(in: DCOSVersion(2, 2, 1)) {
      #expect(!parameter.meaning.isEmpty, "\(parameter.name)")
    }
  }
}
