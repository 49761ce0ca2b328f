package import ForgeModel

/// What ``NodeTask/facts(_:)`` must know to evaluate a node.
package struct FactsRequest: Hashable, Sendable {
  /// The node's role.
  package var role: NodeRole
  /// What would be prepared: the same checks, without fixing.
  package var preparation: Preparation
  /// How its clock would be set.
  package var time: TimeSettings
  /// What would be served; bootstrap only.
  package var serving: Serving?

  /// Makes a request.
  package init(
    role: NodeRole, preparation: Preparation, time: TimeSettings, serving: Serving? = nil
  ) {
    self.role = role
    self.preparation = preparation
    self.time = time
    self.serving = serving
  }
}
