package import ForgeModel

/// Command lines for a POSIX shell.
package enum ShellCommand {
  /// Quotes one argument so that a POSIX shell takes it literally.
  ///
  /// Throws category `internalFault` for text with a NUL, which no argument can hold.
  package static func quoted(_ word: String) throws(ForgeError) -> String {
    guard !word.utf8.contains(0) else {
      throw ForgeError(
        .internalFault, "a command's argument holds a NUL character", observed: "",
        advice: "this cannot be passed to a shell; give it as a file", disposition: .final)
    }
    return NodeScript.quote(word)
  }

  /// Joins arguments to a command line, each quoted.
  package static func line(_ words: [String]) throws(ForgeError) -> String {
    var line: [String] = []
    for word in words { line.append(try quoted(word)) }
    return line.joined(separator: " ")
  }

  /// The command line that an operator's words stand for: one word is a line for the node's shell,
  /// with its variables, pipes and patterns; of several words each is one argument, taken
  /// literally.
  package static func commandLine(_ words: [String]) throws(ForgeError) -> String {
    if let only = words.first, words.count == 1 { return only }
    return try line(words)
  }
}
