"""Packets out of files: formats, byte orders, units of time, and files that are damaged."""

import gzip
import io
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.packet import Packet as Scapy
from scapy.packet import Raw
from scapy.utils import PcapNgWriter

from mta_emu.decode.pcap import CutShort, NotACapture, Packet, packets

TIME = 1_700_000_000_123_456_789
A, B = b"first packet", b"second"
LATEST = 253_402_300_799 * 10**9


def read(octets: bytes | Path) -> list[Packet]:
    octets = octets if isinstance(octets, bytes) else octets.read_bytes()
    return list(packets(io.BufferedReader(io.BytesIO(octets)), "file"))


def read_until_cut(octets: bytes) -> tuple[list[bytes], str]:
    """The packets before the end, and what the file ends within."""
    found = []
    with pytest.raises(CutShort) as cut:
        found.extend(
            packet.octets for packet in packets(io.BufferedReader(io.BytesIO(octets)), "file")
        )
    return found, str(cut.value)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(f"{order}I", len(body) + 12)
    return struct.pack(f"{order}I", kind) + length + body + length


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link: int = 1, options: bytes = b"", order: str = "<") -> bytes:
    return block(1, struct.pack(f"{order}HHI", link, 0, 0) + options, order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4)


def enhanced(octets: bytes, ticks: int = 0, number: int = 0, order: str = "<") -> bytes:
    about = (number, ticks >> 32, ticks & 0xFFFFFFFF, len(octets), len(octets) + 5)
    return block(6, struct.pack(f"{order}IIIII", *about) + octets, order)


# pcap


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [True, False])
def test_pcap(write_pcap: Callable[..., Path], order: str, nano: bool) -> None:
    found = read(write_pcap([A, B], 101, order=order, nano=nano))
    time = TIME if nano else TIME // 1000 * 1000
    assert found == [Packet(time, 101, A, len(A)), Packet(time, 101, B, len(B))]


def test_the_link_types_upper_bits_say_something_else(write_pcap: Callable[..., Path]) -> None:
    (found,) = read(write_pcap([A], 0x24000001))
    assert found.link == 1


def test_a_capture_that_is_compressed(write_pcap: Callable[..., Path]) -> None:
    path = write_pcap([A, B])
    octets = gzip.compress(path.read_bytes())
    assert read(octets) == read(path)
    _, why = read_until_cut(octets[:-12])
    assert "compressed" in why


@given(cut=st.integers(25, 24 + 2 * 16 + len(A) + len(B) - 1))
def test_a_pcap_that_is_cut_gives_what_is_whole_and_says_so(cut: int) -> None:
    header = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 0, 1)
    records = [struct.pack("<IIII", 0, 0, len(each), len(each)) + each for each in (A, B)]
    whole = header + b"".join(records)
    if cut == len(header) + len(records[0]):
        assert [packet.octets for packet in read(whole[:cut])] == [A]
        return
    found, why = read_until_cut(whole[:cut])
    assert found == [A][: cut > len(header) + len(records[0])]
    assert why == f"it ends within packet {len(found) + 1}"


def test_a_length_that_no_packet_has_ends_the_reading(write_pcap: Callable[..., Path]) -> None:
    octets = bytearray(write_pcap([A, B]).read_bytes())
    octets[32:36] = b"\xff" * 4  # the captured length of the first
    assert read_until_cut(bytes(octets)) == ([], "packet 1 would have 4294967295 octets")


# pcapng


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng(order: str) -> None:
    file = section(order) + interface(113, order=order) + enhanced(A, 5, order=order)
    assert read(file) == [Packet(5000, 113, A, len(A) + 5)]


def test_what_scapy_writes(tmp_path: Path) -> None:
    path = tmp_path / "file.pcapng"
    packet: Scapy = Raw(A)
    packet.time = 1_700_000_000.25
    with PcapNgWriter(str(path)) as writer:
        writer.write(packet)
    assert [found.octets for found in read(path)] == [A]
    assert read(path)[0].time == 1_700_000_000_250_000_000


@pytest.mark.parametrize(
    ("options", "ticks", "time"),
    [
        (option(9, b"\x09"), TIME, TIME),
        (option(9, b"\x03"), 1234, 1_234_000_000),
        (option(9, b"\x8a"), 1 << 10, 10**9),
        (option(2, b"eth0") + option(14, struct.pack("<q", -7)), 8_000_000, 10**9),
        (option(0, b"") + option(9, b"\x09"), 1, 1000),
        (option(9, b"\x00"), (1 << 64) - 1, LATEST),
    ],
)
def test_units_and_offsets_of_time(options: bytes, ticks: int, time: int) -> None:
    (found,) = read(section() + interface(1, options) + enhanced(A, ticks))
    assert found.time == time


def test_each_packet_has_the_link_of_its_interface() -> None:
    file = section() + interface(1) + interface(101) + enhanced(A, number=1) + enhanced(B)
    assert [(packet.link, packet.octets) for packet in read(file)] == [(101, A), (1, B)]


def test_the_older_and_the_simpler_block() -> None:
    obsolete = block(2, struct.pack("<HHIIII", 0, 0, 0, 9, len(A), len(A)) + A)
    simple = block(3, struct.pack("<I", len(B)) + B)
    found = read(section() + interface() + obsolete + simple)
    assert [(packet.time, packet.octets) for packet in found] == [(9000, A), (0, B)]


def test_another_section_has_interfaces_of_its_own() -> None:
    second = section(">") + interface(228, order=">") + enhanced(B, order=">")
    found = read(section() + interface(1) + enhanced(A) + second)
    assert [(packet.link, packet.octets) for packet in found] == [(1, A), (228, B)]


def test_secrets_and_other_blocks_are_passed_over_in_silence(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    secrets = block(10, struct.pack("<II", 0x544C534B, 4) + b"KEYS" + option(1, b"comment"))
    file = section() + secrets + interface() + block(0xBAD, b"") + enhanced(A)
    assert [packet.octets for packet in read(file)] == [A]
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (enhanced(B)[:-1], "it ends within packet 2"),
        (enhanced(B)[:6], "it ends within packet 2"),
        (b"\x06", "it ends within the block after packet 1"),
        (block(5, bytes(40))[:-9], "it ends within the block after packet 1"),
        (enhanced(B, number=7), "packet 2 is not as it should be"),
        (block(6, b"short"), "packet 2 is not as it should be"),
        (block(1, b"abc"), "the block after packet 1 is not as it should be"),
        (struct.pack("<II", 6, 4) + bytes(8), "packet 2 would have -4 octets"),
        (b"\x0a\x0d\x0d\x0a" + bytes(8), "a section with the byte order 0x00000000"),
    ],
)
def test_a_damaged_pcapng_gives_what_is_whole_and_says_so(after: bytes, why: str) -> None:
    assert read_until_cut(section() + interface() + enhanced(A) + after) == ([A], why)


# Neither


@pytest.mark.parametrize("octets", [b"", b"MZ", b"not a capture at all", b"\xa1\xb2\xc3\xd5"])
def test_what_is_no_capture_is_refused(octets: bytes) -> None:
    with pytest.raises(NotACapture, match="file: neither pcap nor pcapng"):
        read(octets)


@given(octets=st.binary(max_size=200), magic=st.sampled_from([b"", section(), b"\xa1\xb2\xc3\xd4"]))
def test_whatever_a_file_holds_it_is_read_to_some_end(octets: bytes, magic: bytes) -> None:
    found: Iterable[Packet] = packets(io.BufferedReader(io.BytesIO(magic + octets)), "file")
    with suppress(NotACapture, CutShort):
        assert len(list(found)) <= len(octets)
