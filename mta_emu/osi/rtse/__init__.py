"""Reliable transfer, X.218 and X.228.

Read `primitives` (the service), `apdus` (RTORQ and the others), `lower` (what RTSE asks of the
layers below), `normal_mode` and `x410_mode` (what lies there in each mode), `external` (around
an APDU in normal mode), `association` (what outlives a connection). Then the state table:
`machine` (what a machine keeps), `predicates`, and what the cells do in `opening`, `sending`,
`receiving` and `ending`, `table` (X.228 Annex A), `connection` (takes events and carries the cells
out: the whole stack of one association).
"""
