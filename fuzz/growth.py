"""What was recorded, with one of its values very often: whatever a peer repeats costs linear time.

`tests/mta_emu/osi/test_linear.py` and `tests/hostile/test_scaling.py` measure what somebody thought
of. Here every value is repeated that an APDU has, wherever it lies.
"""

from collections.abc import Callable, Iterator

from fuzz import conversations
from fuzz.mutation import Value, opened
from mta_emu.osi import ber


def grown(octets: bytes) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    """Each value that octets are made of, by its place, and what gives the octets with many."""
    yield from _grown(opened(octets), "", lambda inside: inside)


def _grown(
    values: list[Value], place: str, around: Callable[[bytes], bytes]
) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    encoded = [each.encode() for each in values]
    for number, value in enumerate(values):
        here = f"{place}/{number}:{value.identifier.hex()}"

        def with_(octets: bytes, number: int = number) -> bytes:
            before, after = encoded[:number], encoded[number + 1 :]
            return around(b"".join((*before, octets, *after)))

        def many(count: int, put: Callable[[bytes], bytes] = with_, number: int = number) -> bytes:
            return put(encoded[number] * count)

        def within(
            inside: bytes, put: Callable[[bytes], bytes] = with_, value: Value = value
        ) -> bytes:
            return put(ber.tlv(value.identifier, inside))

        yield here, many
        yield from _grown(value.inside, here, within)


def recorded() -> dict[str, Callable[[int], bytes]]:
    """All of them in a message, a probe and a report."""
    apdus = {
        "message": conversations.short_apdu(),
        "probe": conversations.probe(),
        "report": conversations.report(),
    }
    return {f"{name}{place}": make for name, apdu in apdus.items() for place, make in grown(apdu)}
