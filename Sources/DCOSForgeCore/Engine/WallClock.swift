internal import FoundationEssentials

/// Milliseconds since 1970-01-01 00:00 UTC.
func wallClockMilliseconds() -> Int64 { Int64(Date.now.timeIntervalSince1970 * 1000) }
