/// A script for nodes: assignments of values, the common prelude, then the task's own files.
package struct NodeScript {
  /// A value that a script gets as a shell variable.
  enum Value {
    /// A scalar.
    case text(String)
    /// An indexed array.
    case list([String])
  }

  /// The variables by name, in the order they are written.
  var variables: [(name: String, value: Value)]
  /// The files of `Scripts` after the prelude, in the order they are evaluated.
  var files: [[UInt8]]

  /// Makes a script.
  init(_ variables: [(name: String, value: Value)] = [], files: [[UInt8]]) {
    self.variables = variables
    self.files = files
  }

  /// The whole text.
  var text: String {
    var lines = variables.map { name, value in
      switch value {
      case .text(let text): "\(name)=\(Self.quote(text))"
      case .list(let words): "\(name)=(\(words.map(Self.quote).joined(separator: " ")))"
      }
    }
    for file in [PackageResources.prelude_sh] + files {
      lines.append(String(decoding: file, as: UTF8.self))
    }
    return lines.joined(separator: "\n")
  }

  /// The text as one word of a shell command, whatever it holds.
  ///
  /// A NUL byte cannot be part of a shell word and is left out.
  static func quote(_ text: String) -> String {
    var word = "'"
    for scalar in text.unicodeScalars where scalar != "\0" {
      if scalar == "'" { word += #"'\''"# } else { word.unicodeScalars.append(scalar) }
    }
    return word + "'"
  }
}
