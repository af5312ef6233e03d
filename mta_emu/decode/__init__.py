"""Reads captures: which associations are in them, primitive by primitive, and what is wrong.

Read `pcap`, `headers`, `fragments`, `segment` and `capture` (a file -> TCP segments), `tcp` (what
each end says), `dissector` and `otherusers` (whose a connection is), `steps` (the words that all
share), `framing` and `association` (octets -> steps), and the layers that it climbs: `transport`,
`session`, `presentation`, `acse`, `x410`, `rtse`, `mts`, `envelopes`. What is wrong: `referee`,
`mtschecks`, `findings`. What people and programs see: `ladder`. Our own sockets: `overheard`.
"""
