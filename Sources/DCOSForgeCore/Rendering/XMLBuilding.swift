import Foundation
package import FoundationXML

extension XMLElement {
  /// Makes an element with attributes in the given order, and children.
  package convenience init(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:],
    _ children: [XMLElement?] = []
  ) {
    self.init(name: name)
    for (name, value) in attributes { add(name, value) }
    for child in children.compactMap(\.self) { addChild(child) }
  }

  /// Makes an element with attributes and a text.
  package convenience init(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], text: String
  ) {
    self.init(name, attributes)
    stringValue = text
  }

  /// Adds an attribute.
  package func add(_ name: String, _ value: String) {
    let attribute = XMLNode(kind: .attribute)
    attribute.name = name
    attribute.stringValue = value
    addAttribute(attribute)
  }

  /// The element as libvirt takes it: indented, without a declaration.
  package var rendered: String { xmlString(options: .nodePrettyPrint) }
}
