import ForgeSupport

extension GenconfParameters {
  /// The known parameter that a misspelt one most probably stands for; nil when none is near.
  package static func nearest(to name: String) -> String? {
    ForgeSupport.nearest(to: name, among: all.map(\.name))
  }
}
