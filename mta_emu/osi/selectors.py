"""The selectors of one side: with the network address, its presentation address (X.213, X.215)."""

from dataclasses import dataclass

_MAX_SELECTOR = 32  # octets
_HEX = "0x"


@dataclass(frozen=True)
class Selectors:
    """P-, S- and T-selector; an empty one is absent on the wire."""

    presentation: bytes = b""
    session: bytes = b""
    transport: bytes = b""


def parse_selector(value: str) -> bytes:
    """Read a selector: text, or hex digits after 0x. Raises ValueError."""
    try:
        octets = bytes.fromhex(value[2:]) if value.startswith(_HEX) else value.encode("ascii")
    except ValueError:
        raise ValueError("must be ASCII text, or pairs of hex digits after 0x") from None
    if len(octets) > _MAX_SELECTOR:
        raise ValueError(f"{len(octets)} octets; at most {_MAX_SELECTOR} characters or 64 digits")
    return octets


def selector_text(octets: bytes) -> str:
    """Write a selector so that `parse_selector` reads it."""
    plain = all(0x20 <= octet <= 0x7E for octet in octets) and not octets.startswith(b"0x")
    return octets.decode("ascii") if plain else _HEX + octets.hex()
