/// One prerequisite on one node: a record (`item`) of ``NodeTask/prepare(_:)`` and
/// ``NodeTask/facts(_:)``.
package struct PrerequisiteRecord: Hashable, Codable, Sendable {
  static let kind = "item"

  /// What was found or done.
  package enum State: String, Codable, Sendable {
    /// It was right already.
    case satisfied
    /// It was put right.
    case fixed
    /// It is not right; nothing was done about it.
    case missing
    /// It is not right although a fix was tried.
    case failed
    /// It is not as DC/OS wants it, and nothing that dcosforge changes: a warning.
    case noted
  }

  /// A stable name such as `package:unzip`, `docker`, `firewalld`, `selinux`, `group:nogroup`.
  package var item: String
  /// What was found or done.
  package var state: State
  /// The value seen or the tail of the failing command's output.
  package var detail: String

  /// Whether the item still is to be put right.
  package var isToDo: Bool { state == .missing || state == .failed }

  /// Makes a record.
  package init(item: String, state: State, detail: String = "") {
    self.item = item
    self.state = state
    self.detail = detail
  }
}
