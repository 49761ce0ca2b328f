import Foundation
import FoundationXML

extension XMLElement {
  /// Makes an element with attributes in the given order, and children.
  convenience init(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:],
    _ children: [XMLElement?] = []
  ) {
    self.init(name: name)
    for (name, value) in attributes {
      let attribute = XMLNode(kind: .attribute)
      attribute.name = name
      attribute.stringValue = value
      addAttribute(attribute)
    }
    for child in children.compactMap(\.self) { addChild(child) }
  }

  /// Makes an element with attributes and a text.
  convenience init(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], text: String
  ) {
    self.init(name, attributes)
    stringValue = text
  }

  /// The element as libvirt takes it: indented, without a declaration.
  var rendered: String { xmlString(options: .nodePrettyPrint) }

  /// The value of an attribute, or nil.
  subscript(attribute: String) -> String? { self.attribute(forName: attribute)?.stringValue }

  /// The first child of that name, or nil.
  func first(_ name: String) -> XMLElement? { elements(forName: name).first }

  /// The root element of a document that libvirt wrote, or nil when it is not of that name.
  static func root(of document: String, named name: String) -> XMLElement? {
    let root = try? XMLDocument(xmlString: document).rootElement()
    return root?.name == name ? root : nil
  }
}
