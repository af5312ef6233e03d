"""What is beyond a bound of X.411 Annex B, sent to a live MTA: a report, and the association lives.

And the MTS identifiers of MTAs with long names, as they leave.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mta_emu.mts import envelope as envelopes
from mta_emu.mts import ipm, oraddress, trace
from mta_emu.mts import probe as probes
from mta_emu.mts.addressrules import ATTRIBUTES
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Extension, StandardExtension
from mta_emu.mts.fields import encoded_information_types
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import IA5Text
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.strings import PRINTABLE
from mta_emu.mts.subject import Recipient, Subject
from mta_emu.mts.trace import RoutingAction, TraceElement
from mta_emu.osi import ber
from tests.interop.byhand import ByHand
from tests.interop.live import Start, head
from tests.mta_emu.mta import conftest
from tests.mta_emu.mta.conftest import SMITH

start = conftest.start

#: The fields of an envelope that are so long, or so many.
Make = Callable[[int], dict[str, Any]]
DOMAIN = GlobalDomain("US", " ", "Contoso")
LONG = GlobalDomain("US", "x" * 17)
ORIGINATOR = ORAddress.parse(conftest.JONES)
RECIPIENT = ORAddress.parse(SMITH)
#: report-type [1] { non-delivery [1] { unable-to-transfer (1), size-constraint-violation (13) } }
TOO_LARGE = bytes.fromhex("a108 a106 800101 81010d")
WORDS = b"A field is beyond what a system on the way allows: "
NOW = datetime.now(UTC)
TEXT = InterpersonalMessage.of("1", ORIGINATOR, (RECIPIENT,), "Hello", (IA5Text("Hello"),))
CONTENT = ipm.encode(TEXT)
ENVELOPE = Envelope(MtsIdentifier(DOMAIN, "A-1"), ORIGINATOR, (Recipient(RECIPIENT),)).passed(
    DOMAIN, "A", NOW
)
PROBE = Probe(MtsIdentifier(DOMAIN, "A-1"), ORIGINATOR, (Recipient(RECIPIENT),)).passed(
    DOMAIN, "A", NOW
)


@pytest.fixture
def b_document() -> dict[str, Any]:
    """B, which does not call: what it has goes over the association by hand."""
    found = conftest.document("B", "A", conftest.B, conftest.A)
    found["connectors"][0]["schedule"] = {"activation": "remote-initiated"}
    return found


def message(envelope: Envelope) -> bytes:
    return message_prefix(envelopes.encode(envelope), len(CONTENT)) + CONTENT


def to(**changes: Any) -> dict[str, Any]:
    """A recipient with these fields."""
    return {"recipients": (replace(Recipient(RECIPIENT), **changes),)}


def at(**attributes: Any) -> dict[str, Any]:
    """A recipient whose address has these attributes."""
    return to(address=replace(RECIPIENT, **attributes))


def attribute(name: str) -> Make:
    return lambda length: at(**{name: "1" * length})


def with_extension(kind: StandardExtension, value: bytes) -> dict[str, Any]:
    return {"extensions": (*ENVELOPE.extensions, Extension(kind, value))}


def internal_trace(element: TraceElement) -> dict[str, Any]:
    return {"extensions": trace.with_internal_trace(ENVELOPE.extensions, (element,))}


def bilateral(octets: int) -> dict[str, Any]:
    """Bilateral information of C=US; A= , which is so long."""
    names = bytes.fromhex("6104 1302 5553 6203 1301 20")
    information = ber.tlv(b"\x04", bytes(octets - 4))
    return {"bilateral_information": (ber.tlv(b"\x30", names + information),)}


def came_through_lists(count: int) -> dict[str, Any]:
    one = ber.tlv(b"\x30", oraddress.encode(ORIGINATOR) + ber.tlv(b"\x17", b"260101120000Z"))
    kind = StandardExtension.DL_EXPANSION_HISTORY
    return with_extension(kind, ber.tlv(b"\x30", one * count))


def alternate(surname: str) -> dict[str, Any]:
    wanted = oraddress.encode(replace(RECIPIENT, surname=surname))
    kind = StandardExtension.ORIGINATOR_REQUESTED_ALTERNATE_RECIPIENT
    return to(extensions=(Extension(kind, wanted),))


def types(count: int) -> dict[str, Any]:
    extended = tuple(f"1.2.{number}" for number in range(count))
    return {"encoded_information_types": encoded_information_types(2, extended=extended)}


def correlator(length: int) -> dict[str, Any]:
    kind = StandardExtension.CONTENT_CORRELATOR
    return with_extension(kind, ber.tlv(b"\x16", b"x" * length))


def teletex(kind: int, length: int) -> dict[str, Any]:
    """A TeletexString beside the printable attributes."""
    return at(extension_attributes=((kind, ber.tlv(b"\x14", b"B" * length)),), common_name="B")


#: What is right at its bound, and one beyond it.
BOUNDS: dict[str, tuple[Make, int]] = {
    "local identifier": (lambda n: {"identifier": MtsIdentifier(DOMAIN, "x" * n)}, 32),
    "content identifier": (lambda n: {"content_identifier": "x" * n}, 16),
    "content correlator": (correlator, 512),
    "built-in content type": (lambda n: {"content_type": n}, 32767),
    "extended types": (types, 1024),
    "bilateral information": (bilateral, 1024),
    "extensions": (lambda n: {"extensions": tuple(Extension(f"1.2.{i}") for i in range(n))}, 256),
    "lists": (came_through_lists, 512),
    "surname of the originator": (
        lambda n: {"originator": replace(ORIGINATOR, surname="x" * n)},
        40,
    ),
    "domain in the trace": (
        lambda n: {"trace": (TraceElement(GlobalDomain("US", "x" * n), NOW),)},
        16,
    ),
    "name of an MTA": (lambda n: internal_trace(TraceElement(DOMAIN, NOW, mta_name="x" * n)), 32),
    "MTA that was attempted": (
        lambda n: internal_trace(
            TraceElement(DOMAIN, NOW, RoutingAction.REROUTED, "X", attempted="x" * n)
        ),
        32,
    ),
    "domain that was attempted": (
        lambda n: {
            "trace": (
                TraceElement(
                    DOMAIN,
                    NOW,
                    RoutingAction.REROUTED,
                    attempted=GlobalDomain("US", " ", "x" * n),
                ),
            )
        },
        16,
    ),
    "recipient number": (lambda n: to(number=n), 32767),
    "explicit conversion": (lambda n: to(explicit_conversion=n), 256),
    "requested alternate": (lambda n: alternate("x" * n), 40),
    "teletex common name": (lambda n: teletex(2, n), 64),
    "teletex organization": (lambda n: teletex(3, n), 64),
    "organizational units": (lambda n: at(organizational_units=("x",) * n), 4),
    "organizational unit": (lambda n: at(organizational_units=("x" * n,)), 32),
    "domain-defined attributes": (lambda n: at(domain_defined=(("x", "x"),) * n), 4),
    "domain-defined value": (lambda n: at(domain_defined=(("x", "x" * n),)), 128),
    "extension attribute": (lambda n: at(extension_attributes=((n, b"\x05\x00"),)), 256),
}
BOUNDS |= {keyword: (attribute(name), longest) for keyword, name, longest in ATTRIBUTES}


async def reported(peer: ByHand, beyond: Subject) -> None:
    """Transfer what is beyond a bound: it is taken, and a report says what is wrong with it."""
    beyond_bound = message(beyond) if isinstance(beyond, Envelope) else probes.encode(beyond)
    assert (await peer.transfers(beyond_bound)).accepted
    octets, report = await peer.takes_report()
    assert TOO_LARGE in octets
    assert WORDS in octets
    assert report.content.subject_identifier == beyond.identifier


@pytest.mark.parametrize("what", BOUNDS)
async def test_what_is_beyond_a_bound_is_reported_over_an_association_that_lives(
    start: Start, b_document: dict[str, Any], what: str
) -> None:
    make, bound = BOUNDS[what]
    mta = await start(b_document)
    peer = await ByHand.calls()
    await reported(peer, replace(ENVELOPE, **make(bound + 1)))
    last = replace(ENVELOPE, identifier=MtsIdentifier(DOMAIN, "A-2"))
    last = replace(last, **make(bound))
    assert (await peer.transfers(message(last))).accepted
    about = {"mts_identifier": str(last.identifier)}
    await mta.until(lambda: bool(mta.all("delivered", **about) or mta.all("reported", **about)))
    outcomes = [each["outcome"] for each in mta.all("reported", **about)]
    assert not any("size-constraint-violation" in each for each in outcomes)
    await peer.leaves()
    assert set(mta.events) == {290, 270}  # of the reports; nothing about the association


@pytest.mark.parametrize(
    "changes",
    [
        {"identifier": MtsIdentifier(DOMAIN, "")},
        to(number=0),
        to(number=-1),
        to(explicit_conversion=-1),
        {"content_type": -1},
    ],
    ids=str,
)
async def test_what_is_below_a_bound_is_reported_as_well(
    start: Start, b_document: dict[str, Any], changes: dict[str, Any]
) -> None:
    await start(b_document)
    peer = await ByHand.calls()
    await reported(peer, replace(ENVELOPE, **changes))
    await peer.leaves()


@pytest.mark.parametrize("length", [-1, 2**31])
async def test_a_probe_about_a_content_that_none_can_be(
    start: Start, b_document: dict[str, Any], length: int
) -> None:
    await start(b_document)
    peer = await ByHand.calls()
    await reported(peer, replace(PROBE, content_length=length))
    await peer.leaves()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("LONDON-EXCHANGE-CONNECTOR-SERVER", "BERLIN-EXCHANGE-CONNECTOR-SERVER"),
        ("MTA_1", "MTA1"),
    ],
)
async def test_two_mtas_whose_names_end_or_print_alike_have_no_identifier_in_common(
    start: Start, b_document: dict[str, Any], one: str, other: str
) -> None:
    """Off the wire, at one moment of lab time, the first of each."""
    found = []
    for name in (one, other):
        b_document["server"] |= {"name": name, "local_mta_name": name}
        b_document["server"]["clock"] = {"scale": 1.0, "origin": NOW.isoformat()}
        mta = await start(b_document)
        peer = await ByHand.calls()
        await mta.send(conftest.JONES, text="Hello")
        octets = await peer.takes()
        sent = head(octets)
        assert isinstance(sent, Envelope)
        local = sent.identifier.local_identifier
        assert set(local) <= PRINTABLE
        assert len(local) <= 32
        # this IPM [APPLICATION 11] has it as well, in a PrintableString
        assert ber.tlv(b"\x16", local.encode()) in octets
        assert ber.tlv(b"\x13", local.encode()) in octets
        found.append(local.replace(name, ""))
        await peer.leaves()
        await mta.stop()
    assert found[0] != found[1]
