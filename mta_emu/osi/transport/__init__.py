"""Transport, X.224 class 0 over RFC 1006.

Read `tpdu` (octets <-> TPDU), `primitives` (the service), `options` (how a side wants its
connections, and the TPDU size on which both sides agree), `connection` (the protocol machine).

Class 0 has neither flow control nor a release: one transport connection is one TCP connection.
RFC 1006 adds expedited data to class 0; this stack does not use them.
"""
