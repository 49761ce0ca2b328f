package import ForgeModel

/// How a step ended.
package enum StepOutcome: Hashable, Sendable {
  /// It changed something.
  case changed(String)
  /// It found nothing to do, or only looked.
  case unchanged(String)
  case failed(ForgeError)
  /// It was not begun because of another step.
  case skipped(because: StepID, String)
  /// It was not begun, or cut short, because the operator stopped the run.
  case stopped
}
