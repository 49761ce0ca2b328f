/// A parameter of DC/OS's configuration as it stands in the file.
package struct WrittenParameter: Hashable, Sendable {
  /// The parameter's name.
  package var name: String
  /// What stands behind the colon, then the lines that follow; comments are left out.
  package var lines: [String]
  /// Whether the value holds a mapping, or a text whose line breaks count.
  package var isCompound: Bool

  package init(name: String, lines: [String], isCompound: Bool = false) {
    self.name = name
    self.lines = lines
    self.isCompound = isCompound
  }
}
