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

  /// The root element of a document that libvirt wrote, or nil when it is not well-formed.
  ///
  /// `XMLDocument` crashes on some documents that are not, so the streaming parser looks at them first.
  static func root(of document: String) -> XMLElement? {
    let data = Data(document.utf8)
    let parser = XMLParser(data: data)
    let check = WholenessCheck()
    parser.delegate = check
    guard parser.parse(), check.isWhole else { return nil }
    return try? XMLDocument(data: data).rootElement()
  }

  /// The root element of a document that libvirt wrote, or nil when it is not of that name.
  static func root(of document: String, named name: String) -> XMLElement? {
    root(of: document).flatMap { $0.name == name ? $0 : nil }
  }
}

/// Sees whether every element of a document ends; the parser itself does not mind a missing rest.
private final class WholenessCheck: NSObject, XMLParserDelegate {
  private var begun = 0
  private var ended = 0

  var isWhole: Bool { begun > 0 && begun == ended }

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    begun += 1
  }

  func parser(
    _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?,
    qualifiedName: String?
  ) {
    ended += 1
  }
}
