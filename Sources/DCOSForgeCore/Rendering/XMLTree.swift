import Foundation
import FoundationXML

/// An element that libvirt wrote, read as a value.
///
/// Read by the streaming parser: `XMLDocument` crashes on some documents that are not well-formed,
/// and never gives back the memory of those that are.
package struct XMLTree: Hashable, Sendable {
  /// The name, with its prefix if it has one.
  private(set) var name: String
  /// The attributes by name.
  private(set) var attributes: [String: String]
  /// The text directly inside.
  package private(set) var text = ""
  private var children: [XMLTree] = []

  fileprivate init(name: String, attributes: [String: String]) {
    self.name = name
    self.attributes = attributes
  }

  /// The root element of a document; nil when the document is not whole or not well-formed.
  init?(_ document: String) {
    let parser = XMLParser(data: Data(document.utf8))
    let builder = Builder()
    parser.delegate = builder
    guard parser.parse(), let root = builder.whole else { return nil }
    self = root
  }

  /// The root element of a document; nil also when it is not of that name.
  package init?(_ document: String, root name: String) {
    self.init(document)
    guard self.name == name else { return nil }
  }

  /// Lets FoundationXML put its hook into libxml2, which libvirt uses too.
  ///
  /// It does so in two steps at its first use, and a file that libvirt reads between them ends the
  /// process: so this comes before libvirt's first use (seen with swift-corelibs-foundation 6.3).
  package static func prepare() { _ = isPrepared }

  private static let isPrepared = XMLTree("<x/>") != nil

  /// The name without its prefix.
  var localName: Substring { name.split(separator: ":").last ?? "" }

  /// The value of an attribute, or nil.
  package subscript(attribute: String) -> String? { attributes[attribute] }

  /// The value of an attribute as a number; nil for anything else, and outside of the range.
  ///
  /// Whoever may write to the hypervisor may write any number.
  func number<Number: FixedWidthInteger>(
    _ attribute: String, in range: ClosedRange<Number>
  ) -> Number? {
    attributes[attribute].flatMap { Number($0) }.flatMap { range.contains($0) ? $0 : nil }
  }

  /// The children of that name, in order.
  package func elements(_ name: String) -> [XMLTree] { children.filter { $0.name == name } }

  /// The first child of that name, or nil.
  package func first(_ name: String) -> XMLTree? { children.first { $0.name == name } }

  /// The first child of that name, whatever its prefix; nil when there is none.
  func first(localName name: String) -> XMLTree? { children.first { $0.localName == name } }

  /// The element as XML again.
  package var rendered: String { element.rendered }

  private var element: XMLElement {
    let element = XMLElement(name: name)
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      element.add(name, value)
    }
    if children.isEmpty { element.stringValue = text }
    for child in children { element.addChild(child.element) }
    return element
  }

  private final class Builder: NSObject, XMLParserDelegate {
    private var open: [XMLTree] = []
    private var root: XMLTree?

    /// The root, once every element has ended: the parser itself does not mind a missing rest.
    var whole: XMLTree? { open.isEmpty ? root : nil }

    func parser(
      _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      open.append(XMLTree(name: elementName, attributes: attributes))
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
      guard !open.isEmpty else { return }
      open[open.count - 1].text += string
    }

    func parser(
      _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?,
      qualifiedName: String?
    ) {
      guard let ended = open.popLast() else { return }
      if open.isEmpty {
        root = ended
      } else {
        open[open.count - 1].children.append(ended)
      }
    }
  }
}
