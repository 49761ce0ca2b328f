#if canImport(Glibc)
  internal import Glibc
#else
  internal import Musl
#endif

/// Milliseconds since 1970-01-01 00:00 UTC.
func wallClockMilliseconds() -> Int64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
