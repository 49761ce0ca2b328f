import FoundationEssentials

extension LogRequest.Start {
  /// Reads what `journalctl --since` reads: a duration (`10m`, `2h30m`, `1 day ago`) before now, or
  /// a point in time, in UTC: a date, a date with a time, ISO 8601, a time of today, `@` with
  /// seconds, `today`, `yesterday`.
  ///
  /// Nothing of the text itself goes on to a node. Nil when it is none of these.
  /// - Parameter now: Seconds since 1970-01-01 00:00 UTC.
  package init?(_ text: String, now: Int64) {
    let text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let midnight = now - now % 86400
    if text == "now" {
      self = .epoch(now)
    } else if text == "today" {
      self = .epoch(midnight)
    } else if text == "yesterday" {
      self = .epoch(midnight - 86400)
    } else if text.hasPrefix("@") {
      guard let seconds = Self.number(text.dropFirst().prefix { $0 != "." }) else { return nil }
      self = .epoch(seconds)
    } else if let seconds = Self.duration(text) {
      self = .secondsAgo(seconds)
    } else if let seconds = Self.point(text, midnight: midnight) {
      self = .epoch(seconds)
    } else {
      return nil
    }
  }

  /// The word for `journalctl --since`.
  var journalWord: String {
    switch self {
    case .secondsAgo(let seconds): "-\(seconds)s"
    case .epoch(let seconds): "@\(seconds)"
    }
  }

  /// The word for `docker logs --since`.
  var dockerWord: String {
    switch self {
    case .secondsAgo(let seconds): "\(seconds)s"
    case .epoch(let seconds): "\(seconds)"
    }
  }

  private static func number(_ text: some StringProtocol) -> Int64? {
    let isNumber =
      (1...11).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    return isNumber ? Int64(text) : nil
  }

  /// The units of systemd.time(7) that make sense here, in seconds.
  private static let units: [String: Int64] = [
    "s": 1, "sec": 1, "second": 1, "seconds": 1, "m": 60, "min": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hr": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400,
    "w": 604_800, "week": 604_800, "weeks": 604_800,
  ]

  private static func duration(_ text: String) -> Int64? {
    var rest = Substring(text)
    if rest.hasSuffix(" ago") {
      rest = rest.dropLast(4)
    } else if rest.first == "-" {
      rest.removeFirst()
    }
    var seconds: Int64 = 0
    repeat {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count).drop { $0 == " " }
      let unit = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest.dropFirst(unit.count).drop { $0 == " " }
      guard let count = number(digits), digits.count <= 7, let length = units[String(unit)] else {
        return nil
      }
      seconds += count * length
    } while !rest.isEmpty
    return seconds
  }

  /// A date with or without a time, or a time of today.
  private static func point(_ text: String, midnight: Int64) -> Int64? {
    var words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    if words.last == "UTC" { words.removeLast() }
    if words.count == 1, let letter = words[0].firstIndex(of: "T") {
      words = [String(words[0][..<letter]), String(words[0][words[0].index(after: letter)...])]
      if words[1].hasSuffix("Z") { words[1].removeLast() }
    }
    switch words.count {
    case 1: return day(words[0]) ?? time(words[0]).map { midnight + $0 }
    case 2:
      guard let day = day(words[0]), let time = time(words[1]) else { return nil }
      return day + time
    default: return nil
    }
  }

  private static func day(_ text: String) -> Int64? {
    let style = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
    guard text.utf8.count == 10, let date = try? style.parse(text), date.formatted(style) == text
    else { return nil }
    return Int64(date.timeIntervalSince1970.rounded(.down))
  }

  private static func time(_ text: String) -> Int64? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (2...3).contains(parts.count) else { return nil }
    var seconds: Int64 = 0
    for (index, limit) in [24, 60, 60].enumerated() {
      // A fraction of a second changes nothing for an operator.
      let part = index < parts.count ? parts[index].prefix { index < 2 || $0 != "." } : "0"
      guard part.utf8.count <= 2, let value = number(part), value < limit else { return nil }
      seconds = seconds * 60 + value
    }
    return seconds
  }
}
