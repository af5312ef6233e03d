"""Which connections are one call through proxies."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.inet import IP, TCP
from scapy.packet import Packet

from mta_emu.decode.dissector import examine
from mta_emu.decode.joining import chains
from mta_emu.decode.ladder import joined_records, ladder
from mta_emu.decode.steps import LayerName, Side

OUTSIDE, INSIDE = "203.0.113.10", "198.51.100.10"
#: The ends of each leg: (calling, called).
PROXIED = [
    ((OUTSIDE, 40000), ("203.0.113.1", 102)),
    (("198.51.100.1", 1025), (INSIDE, 102)),
]
TWO_PROXIES = [
    PROXIED[0],
    (("192.0.2.1", 1025), ("192.0.2.2", 102)),
    (("198.51.100.1", 1026), (INSIDE, 102)),
]


def through(packets: list[Packet], legs: list[Any], delay: float = 0.25) -> list[Packet]:
    """The packets of a call on each leg of its way, the later ones later."""
    found = []
    for number, (calling, called) in enumerate(legs):
        for packet in packets:
            copy = packet.copy()
            ends = (calling, called) if packet[IP].src == OUTSIDE else (called, calling)
            (copy[IP].src, copy[TCP].sport), (copy[IP].dst, copy[TCP].dport) = ends
            copy.time = packet.time + number * delay
            found.append(copy)
    return sorted(found, key=lambda packet: packet.time)


def call(make_talk: Callable[..., Any], later: float = 0) -> list[Packet]:
    talk = make_talk().open().close()
    for packet in talk.wire.packets:
        packet.time += later
    packets: list[Packet] = talk.wire.packets
    return packets


@pytest.mark.parametrize("legs", [PROXIED[:1], PROXIED, TWO_PROXIES])
def test_a_call_and_what_proxies_make_of_it(
    make_talk: Callable[..., Any], save: Callable[..., Path], legs: list[Any]
) -> None:
    found = examine(save(through(call(make_talk), legs))).associations
    (chain,) = chains(found)
    assert [((str(leg.ends[Side.CALLING])), str(leg.ends[Side.CALLED])) for leg in chain] == [
        (f"{a}:{b}", f"{c}:{d}") for (a, b), (c, d) in legs
    ]


def test_each_call_has_its_own_onward(
    make_talk: Callable[..., Any], save: Callable[..., Path]
) -> None:
    """The same octets again, a while later: the second onward call belongs to the second."""
    first = through(call(make_talk), PROXIED)
    again = [
        ((OUTSIDE, 40001), ("203.0.113.1", 102)),
        (("198.51.100.1", 1026), (INSIDE, 102)),
    ]
    second = through(call(make_talk, later=30), again)
    found = chains(examine(save(first + second)).associations)
    assert [[leg.ends[Side.CALLING].port for leg in chain] for chain in found] == [
        [40000, 1025],
        [40001, 1026],
    ]


def test_other_octets_are_another_call(
    make_talk: Callable[..., Any], save: Callable[..., Path]
) -> None:
    outer = through(call(make_talk), PROXIED[:1])
    other = make_talk(window_size=2).open().close().wire.packets
    onward = through(other, PROXIED[1:], delay=0)
    found = chains(examine(save(outer + onward)).associations)
    assert [len(chain) for chain in found] == [1, 1]


def test_an_hour_later_is_another_call(
    make_talk: Callable[..., Any], save: Callable[..., Path]
) -> None:
    found = examine(save(through(call(make_talk), PROXIED, delay=3600))).associations
    assert [len(chain) for chain in chains(found)] == [1, 1]


def test_connections_that_say_nothing_are_not_joined(
    make_wire: Callable[..., Any], save: Callable[..., Path]
) -> None:
    found = examine(save(through(make_wire().open().packets, PROXIED))).associations
    assert [len(chain) for chain in chains(found)] == [1, 1]


def test_one_ladder_has_a_column_for_the_proxy(
    make_talk: Callable[..., Any], save: Callable[..., Path]
) -> None:
    (chain,) = chains(examine(save(through(call(make_talk), PROXIED))).associations)
    table = ladder([1, 2], chain, LayerName.MTS)
    assert [str(column.header) for column in table.columns] == [
        "frame",
        "time",
        "+ms",
        "203.0.113.10:40000",
        "",
        "203.0.113.1:102, onward 198.51.100.1:1025",
        "",
        "198.51.100.10:102",
        "what",
    ]
    cells = [[str(cell) for cell in column.cells] for column in table.columns]
    rows = list(zip(*cells, strict=True))
    binds = [row[3:] for row in rows if "MTA-BIND request" in row]
    assert binds == [
        ("MTA-BIND request", "──▶", "MTA-BIND indication", "", "", binds[0][-1]),
        ("", "", "MTA-BIND request", "──▶", "MTA-BIND indication", "passed on"),
    ]
    assert binds[0][-1].startswith('EXTERNAL, password "secret"')
    answers = {
        row.index("MTA-BIND response"): row[-1] for row in rows if "MTA-BIND response" in row
    }
    assert answers[5] == "passed on"  # by the proxy
    assert answers[7].startswith('INTERNAL, password "secret"')


def test_records_name_the_associations_of_a_call() -> None:
    assert list(joined_records([[1, 3], [2], [4, 5, 6]])) == [
        {"kind": "joined", "associations": [1, 3]},
        {"kind": "joined", "associations": [4, 5, 6]},
    ]
