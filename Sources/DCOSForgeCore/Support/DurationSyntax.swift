extension Duration {
  /// Reads hours, minutes and seconds in this order, each at most once: `90s`, `10m`, `1h30m`.
  package init?(_ text: some StringProtocol) {
    var seconds = 0
    var digits = ""
    var units: [(name: Character, seconds: Int)] = [("h", 3600), ("m", 60), ("s", 1)]
    for character in text {
      if character.isASCII && character.isNumber {
        digits.append(character)
        continue
      }
      guard let unit = units.firstIndex(where: { $0.name == character }), digits.utf8.count <= 7,
        let number = Int(digits)
      else { return nil }
      seconds += number * units[unit].seconds
      units.removeFirst(unit + 1)
      digits = ""
    }
    guard digits.isEmpty, units.count < 3 else { return nil }
    self = .seconds(seconds)
  }

  /// The form that the cluster file uses, to the second: `1h30m`, `10m`, `45s`.
  package var fileForm: String {
    let seconds = components.seconds
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")]
    let text = parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
    return text.isEmpty ? "0s" : text
  }
}
