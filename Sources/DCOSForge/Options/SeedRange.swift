import ArgumentParser

/// Seeds on the command line: `first..last`.
struct SeedRange: ExpressibleByArgument {
  let range: ClosedRange<UInt64>

  init?(argument: String) {
    let ends = argument.split(separator: ".", omittingEmptySubsequences: true)
    guard ends.count == 2, argument.contains(".."), let first = UInt64(ends[0]),
      let last = UInt64(ends[1]), first <= last
    else { return nil }
    range = first...last
  }
}
