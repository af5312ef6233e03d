"""The ISO stack over RFC 1006, pure: octets <-> service primitives, no IO.

Read it from the bottom:

- `errors`: what can go wrong in a layer. `selectors`: an address without its network part.
- `tpkt`: RFC 1006 framing, a stream of octets <-> TPDUs.
- `transport/`: X.224 class 0.
- `session/`: X.225, a state table.
- `ber` and `asn1/`: BER, and the .asn modules that the layers above are compiled from.
- `presentation/`: X.226 normal mode. `acse`: X.227.
- `rtse/`: X.228, a state table, in both modes; the whole stack of one association.

Each layer owns the layer below. Requests go down as method calls, indications come up as return
values, and the octets to send gather at the bottom.
"""
