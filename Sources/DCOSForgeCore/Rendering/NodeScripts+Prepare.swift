extension NodeTask {
  /// The scripts that observe a node and make it ready for DC/OS.
  var preparationScript: String {
    NodeScript(files: [Array("die 'no script for this task yet' 64\n".utf8)]).text
  }
}
