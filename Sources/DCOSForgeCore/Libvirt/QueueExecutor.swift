import Dispatch

/// Runs an actor's jobs one after another on a dispatch queue of its own.
///
/// libvirt's calls block; on the cooperative pool a few of them would stop every other task.
final class QueueExecutor: SerialExecutor {
  private let queue = DispatchQueue(label: "dcosforge.libvirt")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async {
      unsafe job.runSynchronously(on: self.asUnownedSerialExecutor())
    }
  }
}
