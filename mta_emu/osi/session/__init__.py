"""Session layer, X.225 versions 1 and 2.

Read `primitives` (the service), `spdu` (octets <-> SPDUs), `mapping` (which SPDU carries which
primitive), `segments` (an SSDU in pieces), `establishment` (what CONNECT and ACCEPT agree on).
Then the state table: `variables` and `machine` (what a machine keeps, and how it sends),
`predicates`, `actions` and `events` (what stands in the table), `table` (X.225 Annex A itself),
`connection` (takes events and carries the cells out).
"""
