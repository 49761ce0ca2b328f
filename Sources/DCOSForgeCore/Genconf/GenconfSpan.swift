package import ForgeModel

/// The releases in which something holds, branch by branch.
///
/// DC/OS maintained several branches at once, so that a change came with 1.11.9 and 1.12.2 but not
/// with 1.12.0: a span has one first release per branch, and all later branches follow the last.
package struct GenconfSpan: Hashable, Sendable, CustomStringConvertible {
  /// The first releases, one per branch, ascending; empty means from the first supported one on.
  package let firsts: [DCOSVersion]
  /// The first releases without it, one per branch, ascending; empty means to the last supported
  /// one.
  package let ends: [DCOSVersion]

  /// Makes a span of the first releases with it and the first ones without it.
  package init(from firsts: [DCOSVersion] = [], to ends: [DCOSVersion] = []) {
    self.firsts = firsts
    self.ends = ends
  }

  /// Every supported release.
  package static let all = GenconfSpan()

  /// Whether it holds in a release.
  package func contains(_ version: DCOSVersion) -> Bool {
    Self.isReached(firsts, by: version, whenEmpty: true)
      && !Self.isReached(ends, by: version, whenEmpty: false)
  }

  /// The releases as text, such as `1.11.9, 1.12.2 and later`.
  package var description: String {
    let first = firsts.map(\.description).joined(separator: ", ")
    let end = ends.map(\.description).joined(separator: ", ")
    return switch (firsts.isEmpty, ends.isEmpty) {
    case (true, true): "all"
    case (false, true): "\(first) and later"
    case (true, false): "before \(end)"
    case (false, false): "\(first) and later, before \(end)"
    }
  }

  private static func isReached(
    _ releases: [DCOSVersion], by version: DCOSVersion, whenEmpty: Bool
  ) -> Bool {
    guard let last = releases.last else { return whenEmpty }
    if let same = releases.first(where: { $0.major == version.major && $0.minor == version.minor })
    {
      return version >= same
    }
    return version > last
  }
}

extension GenconfSpan {
  /// 1.11.0 to 1.11.8 and so on: the opposite of starting in these releases.
  static func before(_ ends: GenconfSpan) -> GenconfSpan { GenconfSpan(to: ends.firsts) }

  /// From this span's start to the other's.
  func until(_ other: GenconfSpan) -> GenconfSpan { GenconfSpan(from: firsts, to: other.firsts) }

  static let v1_11_2 = GenconfSpan(from: [DCOSVersion(1, 11, 2)])
  static let v1_11_3 = GenconfSpan(from: [DCOSVersion(1, 11, 3)])
  static let v1_11_4 = GenconfSpan(from: [DCOSVersion(1, 11, 4)])
  static let v1_11_9 = GenconfSpan(from: [DCOSVersion(1, 11, 9)])
  static let v1_11_13 = GenconfSpan(from: [DCOSVersion(1, 11, 13)])
  static let v1_12 = GenconfSpan(from: [DCOSVersion(1, 12, 0)])
  static let v1_12_1 = GenconfSpan(from: [DCOSVersion(1, 12, 1)])
  static let v1_12_2 = GenconfSpan(from: [DCOSVersion(1, 12, 2)])
  static let v1_12_4 = GenconfSpan(from: [DCOSVersion(1, 12, 4)])
  static let v1_13 = GenconfSpan(from: [DCOSVersion(1, 13, 0)])
  static let v2_0 = GenconfSpan(from: [DCOSVersion(2, 0, 0)])
  static let v2_1 = GenconfSpan(from: [DCOSVersion(2, 1, 0)])
  /// Calico's switch came with the patch release.
  static let calicoSwitch = GenconfSpan(from: [DCOSVersion(2, 1, 1)])
  static let v2_2 = GenconfSpan(from: [DCOSVersion(2, 2, 0)])
  /// The overlay's JSON and the log files became parameters late in 1.11 and in 1.12.
  static let backported9 = GenconfSpan(from: [DCOSVersion(1, 11, 9), DCOSVersion(1, 12, 2)])
  /// The cloud keys got an empty default.
  static let backported11 = GenconfSpan(from: [DCOSVersion(1, 11, 11), DCOSVersion(1, 12, 4)])
  /// The SSH installer got a default user.
  static let defaultUser = GenconfSpan(from: [DCOSVersion(1, 11, 11), DCOSVersion(1, 12, 3)])
  /// The SSH installer stopped looking at its key.
  static let uncheckedKey = GenconfSpan(
    from: [DCOSVersion(1, 11, 11), DCOSVersion(1, 12, 4), DCOSVersion(1, 13, 1)])
}
