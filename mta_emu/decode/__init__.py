"""Reads captures: which associations are in them, primitive by primitive, and what is wrong.

From a file to TCP segments: `pcap`, `cursor`, `headers`, `fragments`, `segment`, `capture`. What
each end says, and whose the connection is: `tcp`, `dissector`, `otherusers`. The words that all
share: `steps`. Octets become steps in `framing` and `association`, which climbs the layers:
`transport`, `session`, `presentation`, `acse`, `x410`, `rtse`, `mts`, `envelopes`, `contents`.

What is wrong: `referee`, `mtschecks`, `findings`. What people and programs see: `ladder`, `why` it
failed with the `causes`, and the `joining` of a proxied call's connections. Our own sockets:
`overheard`.
"""
