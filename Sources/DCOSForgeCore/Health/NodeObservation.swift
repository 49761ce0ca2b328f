package import ForgeNodeProtocol
package import ForgeModel

/// What was seen of one node from outside and from inside, at one time.
package struct NodeObservation: Sendable {
  /// What stands where the node's domain belongs.
  package enum Machine: Hashable, Sendable {
    /// Our domain, in that state.
    case domain(DomainRecord.State)
    case absent
    /// Something without our mark.
    case foreign
    /// The hypervisor could not be asked; why.
    case unknown(String)

    /// `running`, `paused`, `shutoff`, `crashed`, `absent`, `foreign` or `unknown`.
    package var word: String {
      switch self {
      case .domain(let state): state.rawValue
      case .absent: "absent"
      case .foreign: "foreign"
      case .unknown: "unknown"
      }
    }
  }

  /// When the reading was asked for and when it was there, by our own clock, in milliseconds since
  /// 1970.
  package struct Exchange: Hashable, Sendable {
    /// When connecting began.
    package var began: Int64
    /// When the script was sent, the connection being open.
    package var sent: Int64
    /// When all of its output was there.
    package var received: Int64

    package init(began: Int64, sent: Int64, received: Int64) {
      self.began = began
      self.sent = sent
      self.received = received
    }
  }

  package var machine: Machine
  /// What the node reported, or why it did not.
  package var reading: Result<HealthReport, ForgeError>
  /// When it was reported; nil when it was not.
  package var exchange: Exchange?
  /// The addresses under which others know the machine: the hypervisor's host, asked only when SSH
  /// does not reach it, and the nodes that have met it.
  package var knownAddresses: [IPv4Address]

  package init(
    machine: Machine, reading: Result<HealthReport, ForgeError>, exchange: Exchange? = nil,
    knownAddresses: [IPv4Address] = []
  ) {
    self.machine = machine
    self.reading = reading
    self.exchange = exchange
    self.knownAddresses = knownAddresses
  }

  /// Between which bounds the node's clock is ahead of ours, in milliseconds.
  ///
  /// The script's beginning is later than our sending, its end earlier than our receiving.
  var clockOffset: ClosedRange<Int64>? {
    guard case .success(let reading) = reading, let time = reading.time, let exchange else {
      return nil
    }
    let low = time.ended - exchange.received
    let high = time.began - exchange.sent
    return low <= high ? low...high : nil
  }
}

/// How far the nodes' clocks are apart.
package struct ClockComparison {
  /// How far one may be from the others; DC/OS's own limit on the error is 100 ms, and what is
  /// reported here is certain.
  static let limitMilliseconds: Int64 = 1000

  private let reference: ClosedRange<Int64>?

  /// Takes the median of the nodes' offsets for the right time; with fewer than three there is
  /// none.
  init(_ offsets: [ClosedRange<Int64>]) {
    let sorted = offsets.sorted {
      $0.lowerBound + $0.upperBound < $1.lowerBound + $1.upperBound
    }
    reference = sorted.count < 3 ? nil : sorted[sorted.count / 2]
  }

  /// How far a clock is certainly ahead of the others (behind: negative) beyond the limit; nil when
  /// it is not.
  func error(of offset: ClosedRange<Int64>?) -> Int64? {
    guard let offset, let reference else { return nil }
    let ahead = offset.lowerBound - reference.upperBound
    let behind = reference.lowerBound - offset.upperBound
    if ahead > Self.limitMilliseconds { return ahead }
    return behind > Self.limitMilliseconds ? -behind : nil
  }
}
