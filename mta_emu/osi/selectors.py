"""The selectors of one side: with the network address, its presentation address (X.213, X.215)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Selectors:
    """P-, S- and T-selector; an empty one is absent on the wire."""

    presentation: bytes = b""
    session: bytes = b""
    transport: bytes = b""
