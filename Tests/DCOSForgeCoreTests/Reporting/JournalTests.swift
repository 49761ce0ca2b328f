@testable import ForgeModel
@testable import ForgeEvents
import Foundation
import SystemPackage
import Testing

@testable import DCOSForgeCore

/// The record of runs on the disk.
@Suite struct JournalTests {
  private let event = Event(
    elapsed: .zero, wallMilliseconds: 0, kind: .interrupted(again: false))

  @Test func aTornLineIsClosedAndRecordsFollow() throws {
    let scratch = try Scratch()
    let path = scratch.file("journal")
    try Data("{\"torn".utf8).write(to: URL(filePath: path))
    let journal = try Journal(path: path)
    journal.append(event)
    journal.append(event)
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 3 && lines[0] == "{\"torn" && lines[1] == lines[2])
    #expect(journal.fault == nil)
  }

  /// `/dev/null` takes every write and cannot be flushed: only who waits for the disk hears of it.
  @Test func everyRecordIsWaitedForOnTheDisk() throws {
    let journal = Journal(
      try unsafe FileDescriptor.open("/dev/null", .writeOnly), path: "journal")
    journal.append(event)
    #expect(journal.fault?.observed.contains("Invalid argument") == true)
  }
}
