"""Extension fields."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import extension
from mta_emu.mts.extension import Criticality, Extension, StandardExtension, find, with_extension


def test_golden_octets() -> None:
    # { standard-extension [0] 5, criticality [1] for-transfer and for-delivery, value [2] NULL }
    critical = Criticality.FOR_TRANSFER | Criticality.FOR_DELIVERY
    octets = bytes.fromhex("300b 800105 8102 0560 a202 0500")
    assert extension.encode(Extension(5, criticality=critical)) == octets
    # { private-extension [3] 1.2.3, value [2] }
    private = bytes.fromhex("3009 8302 2a03 a203 0401 78")
    assert extension.encode(Extension("1.2.3", b"\x04\x01x")) == private


def test_a_type_with_an_explicit_tag_is_the_same_type() -> None:
    # { [0] { INTEGER 38 }, value [2] NULL }, and [3] { OBJECT IDENTIFIER 1.2.3 }: PP's form
    octets = bytes.fromhex("3009 a003 020126 a202 0500")
    came = extension.decode(octets)
    assert came.kind == StandardExtension.INTERNAL_TRACE_INFORMATION
    assert extension.encode(came) == octets
    changed = extension.encode(replace(came, value=b"\x30\x00"))
    assert changed == bytes.fromhex("3009 a003 020126 a202 3000")
    private = bytes.fromhex("300a a304 06022a03 a202 0500")
    assert extension.decode(private).kind == "1.2.3"
    assert extension.encode(extension.decode(private)) == private


def test_bits_of_criticality_that_nobody_knows_stay_when_the_value_changes() -> None:
    octets = bytes.fromhex("300b 800126 8102 00a8 a202 0500")
    changed = extension.encode(replace(extension.decode(octets), value=b"\x30\x00"))
    assert changed == bytes.fromhex("300b 800126 8102 00a8 a202 3000")


@given(st.from_type(Extension))
def test_extensions_survive_the_wire(sent: Extension) -> None:
    octets = extension.encode(sent)
    came = extension.decode(octets)
    assert came == sent
    assert extension.encode(came) == octets


def test_an_extension_of_a_kind_to_come_stays_as_it_is() -> None:
    octets = bytes.fromhex("3080 850101 8102 0640 0000")
    came = extension.decode(octets)
    assert came.criticality is Criticality.FOR_TRANSFER
    assert str(came) == "extension without a type"
    assert extension.encode(came) == octets


def test_one_of_a_kind() -> None:
    first, second = Extension(5), Extension("1.2.3")
    assert find((first, second), "1.2.3") is second
    assert find((first,), 6) is None
    changed = Extension(5, b"\x04\x00")
    assert with_extension((first, second), changed) == (changed, second)
    assert with_extension((second,), first) == (second, first)


def test_names() -> None:
    assert str(Extension(StandardExtension.DL_EXPANSION_HISTORY)) == "dl-expansion-history"
    assert str(Extension(99)) == "extension 99"
