import ForgeModel
import ForgeSupport
package import ForgeNodeProtocol
package import ForgeDCOS

/// The cluster's web pages in words: a table, with whether each answers when that was asked.
package struct EndpointText: Sendable {
  private let rows: [(endpoint: Endpoint, reading: HTTPReading?)]

  /// Makes the text; `readings` stand in the order of the endpoints, and are empty when none was
  /// asked.
  package init(_ endpoints: [Endpoint], _ readings: [HTTPReading]) {
    rows = endpoints.enumerated().map { index, endpoint in
      (endpoint, index < readings.count ? readings[index] : nil)
    }
  }

  package var lines: [String] {
    let isChecked = rows.contains { $0.reading != nil }
    var table = Table(header: ["SERVICE", "NODE", "URL"] + (isChecked ? ["ANSWERS"] : []))
    for row in rows {
      table.add(
        [row.endpoint.service.rawValue, row.endpoint.node.description, row.endpoint.url]
          + (row.reading.map { [Self.word($0)] } ?? []))
    }
    return table.lines
  }

  private static func word(_ reading: HTTPReading) -> String {
    reading.isAnswer ? "yes" : "no: \(reading.observation)"
  }

  /// The JSON value, schema 1.
  package func record(cluster: String) -> EndpointRecord {
    EndpointRecord(
      cluster: cluster,
      endpoints: rows.map { row in
        EndpointRecord.Page(
          service: row.endpoint.service.rawValue.lowercased(), node: row.endpoint.node.description,
          url: row.endpoint.url, answers: row.reading?.isAnswer,
          http: row.reading.flatMap { $0.http == 0 ? nil : $0.http },
          seen: row.reading?.observation)
      })
  }
}

/// The cluster's web pages as a JSON value, schema 1.
package struct EndpointRecord: Encodable, Sendable {
  package struct Page: Encodable, Sendable {
    /// `dashboard`, `exhibitor`, `marathon` or `mesos`.
    package var service: String
    /// The master.
    package var node: String
    /// The address of the page.
    package var url: String
    /// Whether it answers; absent when it was not asked.
    package var answers: Bool?
    /// The HTTP status; absent without an answer.
    package var http: Int?
    /// What was seen; absent when it was not asked.
    package var seen: String?
  }

  /// The version of this form.
  package var schema = 1
  package var cluster: String
  package var endpoints: [Page]
}
