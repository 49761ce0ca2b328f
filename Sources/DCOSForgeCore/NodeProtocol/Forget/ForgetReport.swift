extension NodeScript {
  static var forget: NodeScript { NodeScript(files: [PackageResources.forget_sh]) }
}

/// What ``NodeTask/forget`` printed: nothing but the end.
package enum ForgetReport {
  /// The output of a script that removed the folder.
  package static var text: String { NodeReport.end }
}
