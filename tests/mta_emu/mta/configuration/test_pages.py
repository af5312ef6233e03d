"""Section 3 of the facts: every field, its default, and the test that shows its effect."""

import ast
import asyncio
from collections.abc import Awaitable, Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from labkit.config import ConfigurationError, parse
from mta_emu.commands import queue
from mta_emu.mta.association import opening
from mta_emu.mta.association.outgoing import StoredApdu
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig, Selectors
from mta_emu.mta.configuration.server import Registry, TransportStack
from mta_emu.mta.controlclient import ask, send_files
from mta_emu.mta.policy import conversion
from mta_emu.mta.policy.conversion import Content
from mta_emu.mts import envelope as envelopes
from mta_emu.mts import ipm, tnef
from mta_emu.mts.apdu import ApduReader, decode_head
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.fields import EXCHANGE_CONTENTS, PerMessageIndicators
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm.files import (
    ATTACHMENT_APPLICATION,
    TNEF_APPLICATION,
    BilaterallyDefined,
    File,
)
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import GeneralText, IA5Text, TeletexText
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.report import Diagnostic, NonDeliveryReason, NotDelivered
from mta_emu.mts.subject import Recipient
from mta_emu.osi.rtse.primitives import Mode

Start = Callable[..., Awaitable[Any]]
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"
RTF = r"{\rtf1\ansi {\b Bold}}"
P2, P22 = 2, 22
REQUIRED = ...

# What the pages must have: by field its default, and the test of its effect, in the file of this
# folder that is named, or here.
PAGES: dict[str, tuple[Any, str]] = {
    "general.display_name": ("", "test_the_display_name_is_what_people_are_shown"),
    "general.directory_name": (REQUIRED, "configuration/test_file::test_names"),
    "general.remote_mta_name": (
        REQUIRED,
        "policy/test_admission::test_who_fits_no_connector_is_unknown",
    ),
    "general.remote_mta_password": (
        "",
        "policy/test_admission::test_who_fits_no_connector_is_unknown",
    ),
    "general.mta_transport_stack": (
        None,
        "configuration/test_file::test_what_does_not_fit_together_is_explained",
    ),
    "general.word_wrap": (None, "test_what_leaves"),
    "general.remote_clients_support_mapi": (True, "test_what_leaves"),
    "schedule.activation": (
        "always",
        "connector/test_responder::test_schedule_never_is_37_and_1293",
    ),
    "schedule.detail_view": (
        "1-hour",
        "policy/test_schedule::test_a_slot_is_an_hour_unless_the_detail_view_says_quarter",
    ),
    "schedule.selected_times": (
        {},
        "test_mta::test_selected_times_hold_mail_until_the_slot_begins_and_after_it_ends",
    ),
    "stack.address": (
        REQUIRED,
        "connector/test_responder::test_a_refused_bind_is_logged_on_both_sides",
    ),
    "stack.port": (
        None,
        "association/test_opening::test_a_connector_calls_the_port_of_its_stack_page",
    ),
    "stack.outgoing": (Selectors(), "test_mta::test_modes_and_dialogues"),
    "stack.incoming": (Selectors(), "policy/test_admission::test_incoming_selectors"),
    "stack.expedited_data": (False, "test_mta::test_expedited_data_is_proposed"),
    "override.local_mta_name": (None, "configuration/test_file::test_names"),
    "override.local_mta_password": (
        None,
        "connector/test_responder::test_unknown_names_and_passwords_are_refused_with_51",
    ),
    "override.checkpoint_size": (30, "test_rts_values_are_those_of_the_call"),
    "override.recovery_timeout": (
        60,
        "association/test_recovery::test_after_the_recovery_timeout_it_is_sent_from_the_start",
    ),
    "override.window_size": (5, "test_rts_values_are_those_of_the_call"),
    "override.max_open_retries": (
        144,
        "dispatch/test_rerouting::test_a_message_is_tried_as_often_as_max_open_retries_says",
    ),
    "override.max_transfer_retries": (
        2,
        "association/test_recovery::test_what_the_receiver_never_takes_is_reported_after_max_transfer_retries",
    ),
    "override.open_interval": (
        600,
        "test_mta::test_an_unreachable_peer_is_called_again_after_the_open_interval",
    ),
    "override.transfer_interval": (
        120,
        "association/test_recovery::test_without_progress_the_transfer_fails_and_is_tried_after_the_interval",
    ),
    "override.lifetime": (
        300,
        "test_mta::test_an_idle_association_is_released_at_the_end_of_its_lifetime",
    ),
    "override.disconnect": (
        120,
        "test_mta::test_a_connection_outlives_its_association_by_the_disconnect_time_at_most",
    ),
    "override.threshold": (
        50,
        "test_mta::test_an_association_for_every_threshold_messages_up_to_nine",
    ),
    "override.transfer_timeout_urgent": (1000, "test_transfer_timeouts"),
    "override.transfer_timeout_normal": (2000, "test_transfer_timeouts"),
    "override.transfer_timeout_non_urgent": (3000, "test_transfer_timeouts"),
    "connected_sites": ((), "policy/test_routing::test_routes_of_a_configuration"),
    "address_space": ((), "policy/test_routing::test_selection"),
    "delivery_restrictions.accept_from": (
        (),
        "policy/test_routing::test_delivery_restrictions_and_size",
    ),
    "delivery_restrictions.reject_from": (
        (),
        "policy/test_routing::test_delivery_restrictions_and_size",
    ),
    "advanced.allow_bp15": (True, "test_what_leaves"),
    "advanced.allow_exchange_contents": (True, "test_what_leaves"),
    "advanced.body_part": ("ia5", "test_what_leaves"),
    "advanced.two_way_alternate": (
        True,
        "connector/test_responder::test_two_way_alternate_that_is_not_allowed_is_55",
    ),
    "advanced.conformance": (Mode.NORMAL_1988, "test_what_leaves"),
    "advanced.message_size_limit": (
        None,
        "dispatch/test_dispatcher::test_a_message_too_long_for_the_connector_is_reported",
    ),
    "advanced.remote_global_domain": (None, "policy/test_routing::test_routes_of_a_configuration"),
    "heuristics.strip_bilateral_information": (False, "policy/test_conversion::test_heuristics"),
    "heuristics.strip_internal_trace_information": (
        False,
        "policy/test_conversion::test_heuristics",
    ),
}
TRANSPORT_STACK: dict[str, tuple[Any, str]] = {
    "name": ("TCP", "configuration/test_file::test_what_does_not_fit_together_is_explained"),
    "address": (
        REQUIRED,
        "configuration/test_server::test_a_multihomed_host_has_all_its_addresses_the_first_one_first",
    ),
    "other_addresses": (
        (),
        "connector/test_opener::test_calls_of_a_multihomed_host_come_from_its_addresses_in_turn",
    ),
    "port": (102, "test_the_port_of_rfc_1006_is_102"),
    "selectors": (Selectors(), "policy/test_identity::test_selectors"),
    "idle_limit": (
        7200,
        "../../hostile/test_connections::test_a_silent_caller_is_given_up_after_the_idle_limit",
    ),
    "keepalive": (
        60,
        "connector/test_connector::test_each_side_probes_the_peer_as_its_own_keepalive_says",
    ),
    "tpkt_reserved_octet": (0, "test_mta::test_a_host_that_minds_the_reserved_octet"),
    "strict_tpkt": (False, "test_mta::test_a_host_that_minds_the_reserved_octet"),
    "session_version": (
        2,
        "connector/test_connector::test_an_association_has_the_lower_of_both_session_versions",
    ),
}
REGISTRY: dict[str, tuple[Any, str]] = {
    "tcp_ip_control_blocks": (20, "connector/test_listener::test_control_blocks_used_up_is_9156"),
    "supports_2k_tpdu": (False, "test_mta::test_2k_tpdus"),
    "work_queue_alarm_on": (None, "test_mta::test_queue_alarms"),
    "work_queue_alarm_off": (None, "test_mta::test_queue_alarms"),
    "outbound_queue_alarm_on": (None, "test_mta::test_queue_alarms"),
    "outbound_queue_alarm_off": (None, "test_off_values_of_alarms_have_exchanges_rules"),
    "free_form_names": (
        True,
        "test_requests::test_free_form_names_go_along_where_that_is_wanted",
    ),
    "ftbp_identifiers": (True, "test_files_name_what_they_are_where_that_is_wanted"),
    "directory_names": (
        False,
        "test_requests::test_directory_names_go_along_where_that_is_wanted",
    ),
    "urgent_mail_when_closed": (True, "policy/test_calling::test_the_schedule"),
    "stack_ip_address_override": ({}, "test_calls_come_from_the_overriding_address"),
    "do_not_generate_bilateral_info": (
        False,
        "dispatch/test_dispatcher::test_a_message_that_comes_back_to_its_site_is_reported",
    ),
    "request_return_of_content": (
        True,
        "test_the_content_is_asked_back",
    ),
}


def is_page(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def fields(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """The fields of all pages, with their defaults; a page that is a list is one field."""
    for name, field in model.model_fields.items():
        if is_page(field.annotation) and field.annotation is not Selectors:
            yield from ((f"{name}.{inner}", default) for inner, default in fields(field.annotation))
        elif field.is_required():
            yield name, REQUIRED
        else:
            yield name, field.get_default(call_default_factory=True)


@pytest.mark.parametrize(
    ("model", "expected"),
    [(ConnectorConfig, PAGES), (TransportStack, TRANSPORT_STACK), (Registry, REGISTRY)],
)
def test_every_field_has_exchanges_default_and_a_test_of_its_effect(
    model: type[BaseModel], expected: dict[str, tuple[Any, str]]
) -> None:
    assert dict(fields(model)) == {name: default for name, (default, _) in expected.items()}
    for _, test in expected.values():
        file, _, name = test.rpartition("::")
        written = (Path(__file__).parents[1] / f"{file}.py" if file else Path(__file__)).read_text()
        tests = {each.name for each in ast.parse(written).body if hasattr(each, "name")}
        assert name in tests, test


def test_the_port_of_rfc_1006_is_102(a_document: dict[str, Any]) -> None:
    """That it is also called at, every other test here shows, with a port of its own."""
    del a_document["server"]["transport_stack"]["port"]
    assert parse(a_document, MtaConfig, "a.yaml").server.transport_stack.port == 102


# The pages that are about what a message looks like


async def send(a: Any, *, text: str = "Hello", rich: bool = False, file: bytes = b"") -> None:
    request: dict[str, Any] = {"rich_text": RTF} if rich else {}
    request |= {"command": "submit", "from": JONES, "to": [SMITH], "text": text}
    if not file:
        await ask(a.directory, request)
        return
    stream = BytesIO(file)
    stream.name = "report.bin"
    await send_files(a.directory, request | {"command": "submit_files"}, [stream], lambda _: None)


def leaving(a: Any) -> tuple[Envelope, InterpersonalMessage]:
    """What is on its way to B, off the octets that would be transferred."""
    (entry,) = a.mta.store.queues.waiting("TO-B")
    apdu, reader = StoredApdu(a.mta.store, entry), ApduReader()
    content = reader.feed(apdu.read(0, apdu.length))
    assert reader.complete
    assert entry.octets == apdu.length
    envelope, message = decode_head(reader.head), ipm.decode(content)
    assert isinstance(envelope, Envelope)
    assert isinstance(message, InterpersonalMessage)
    return envelope, message


WINMAIL = File(tnef.FILE_NAME, tnef.encode(RTF.encode()), TNEF_APPLICATION)
REPORT = File("report.bin", b"\x00\x01", ATTACHMENT_APPLICATION)
WITH_FILE, RICH = {"file": REPORT.octets}, {"rich": True}
WIDE = {"text": "caf\xe9"}
FOREIGN = {"allow_exchange_contents": False}
OF_1984 = {"conformance": "1984"}
#: General page, Advanced page, what is sent; the content type that leaves, and the body.
LEAVING: list[tuple[Any, Any, Any, Any, list[Any]]] = [
    ({}, {}, {}, P22, [IA5Text("Hello")]),
    ({}, {"conformance": "1988-x410"}, {}, P22, [IA5Text("Hello")]),
    ({}, OF_1984, {}, P2, [IA5Text("Hello")]),
    ({"word_wrap": 8}, {}, {"text": "one two three"}, P22, [IA5Text("one two\nthree")]),
    ({}, {"body_part": "ia5"}, WIDE, P22, [IA5Text("caf?")]),
    ({}, {"body_part": "t61"}, WIDE, P22, [TeletexText("caf\xe9")]),
    ({}, {"body_part": "iso-8859-1"}, WIDE, P22, [GeneralText("caf\xe9")]),
    ({}, OF_1984 | {"body_part": "t61"}, WIDE, P2, [TeletexText("caf\xe9")]),
    ({}, {}, WITH_FILE, P22, [IA5Text("Hello"), REPORT]),
    (
        {},
        {"allow_bp15": False},
        WITH_FILE,
        P22,
        [IA5Text("Hello"), BilaterallyDefined(REPORT.octets)],
    ),
    ({}, OF_1984, WITH_FILE, P2, [IA5Text("Hello"), BilaterallyDefined(REPORT.octets)]),
    ({}, {}, RICH, EXCHANGE_CONTENTS, [IA5Text("Hello"), WINMAIL]),
    ({}, {}, RICH | WIDE, EXCHANGE_CONTENTS, [GeneralText("caf\xe9"), WINMAIL]),
    (
        {"remote_clients_support_mapi": False, "word_wrap": 1},
        {"allow_bp15": False},
        RICH | WITH_FILE,
        EXCHANGE_CONTENTS,
        [IA5Text("Hello"), WINMAIL, REPORT],
    ),
    ({}, FOREIGN, RICH | WITH_FILE, P22, [IA5Text("Hello"), WINMAIL, REPORT]),
    (
        {"remote_clients_support_mapi": False},
        FOREIGN,
        RICH | WITH_FILE,
        P22,
        [IA5Text("Hello"), REPORT],
    ),
    (
        {},
        FOREIGN | {"allow_bp15": False},
        RICH,
        P22,
        [IA5Text("Hello"), BilaterallyDefined(WINMAIL.octets)],
    ),
    # P1 of 1984 cannot name Exchange contents
    ({"remote_clients_support_mapi": False}, OF_1984, RICH, P2, [IA5Text("Hello")]),
]


@pytest.mark.parametrize(("general", "advanced", "message", "content_type", "body"), LEAVING)
@pytest.mark.element("implicit conversion")
async def test_what_leaves(
    start: Start,
    a_document: dict[str, Any],
    general: dict[str, Any],
    advanced: dict[str, Any],
    message: dict[str, Any],
    content_type: int | str,
    body: list[Any],
) -> None:
    (connector,) = a_document["connectors"]
    connector["general"] |= general
    connector["advanced"] = advanced
    a = await start(a_document)
    await send(a, **message)
    envelope, left = leaving(a)
    assert envelope.content_type == content_type
    assert list(left.body) == body


@pytest.mark.parametrize(
    ("wanted", "tnef", "other"),
    [(True, TNEF_APPLICATION, ATTACHMENT_APPLICATION), (False, "", "")],
)
async def test_files_name_what_they_are_where_that_is_wanted(
    start: Start, a_document: dict[str, Any], wanted: bool, tnef: str, other: str
) -> None:
    """Q169670: 2a864886f714030a01 and .02, the registered identifiers of an application."""
    a_document["server"]["registry"] = {"ftbp_identifiers": wanted}
    a = await start(a_document)
    await send(a, rich=True, file=REPORT.octets)
    _, left = leaving(a)
    assert [each.application for each in left.body if isinstance(each, File)] == [tnef, other]
    (entry,) = a.mta.store.queues.waiting("TO-B")
    apdu = StoredApdu(a.mta.store, entry)
    octets = apdu.read(0, apdu.length)
    assert octets.count(bytes.fromhex("0609 2a864886f714030a")) == 0  # implicitly tagged
    assert octets.count(bytes.fromhex("8009 2a864886f714030a")) == (2 if wanted else 0)


async def test_what_was_lost_is_told(start: Start, a_document: dict[str, Any]) -> None:
    (connector,) = a_document["connectors"]
    connector["advanced"] = FOREIGN | {"allow_bp15": False}
    connector["general"]["remote_clients_support_mapi"] = False
    a = await start(a_document)
    await send(a, text="caf\xe9", rich=True, file=b"x")
    told = await a.said("downgraded", connector="TO-B")
    lost = "characters that IA5 lacks: 1, rich text, the name of file report.bin"
    assert told["dropped"] == lost
    steps = a.mta.store.tracking.follow(told["mts_identifier"])
    assert [step.detail for step in steps if step.what == "downgraded"] == [lost]


async def test_files_and_rich_text_arrive_through_two_connectors(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """Exchange contents from A; B, where they came in, converts them for a foreign system."""
    b_document["server"]["mailboxes"] = []
    b_document["connectors"].append(
        {
            "general": {"directory_name": "FOREIGN", "remote_mta_name": "C"},
            "stack": {"address": "127.0.100.90"},
            "address_space": [{"country": "US", "organization": "B"}],
            "advanced": FOREIGN | {"allow_bp15": False},
        }
    )
    a, b = await start(a_document), await start(b_document)
    octets = bytes(range(256)) * 8192  # 2 MB: more than is looked into
    await send(a, text="Hello", rich=True, file=octets)
    await b.said("transfer", direction="in")
    (entry,) = b.mta.store.queues.waiting("FOREIGN")
    assert entry.kept_length > entry.content_length > len(octets)
    apdu, reader = StoredApdu(b.mta.store, entry), ApduReader()
    pieces = [reader.feed(apdu.read(at, 50_000)) for at in range(0, apdu.length, 50_000)]
    message = ipm.decode(b"".join(pieces))
    assert isinstance(message, InterpersonalMessage)
    winmail, file = BilaterallyDefined(WINMAIL.octets), BilaterallyDefined(octets)
    assert list(message.body) == [IA5Text("Hello"), winmail, file]


async def test_a_reroute_is_converted_anew(start: Start, a_document: dict[str, Any]) -> None:
    """To a connector that takes what the one before could not."""
    (connector,) = a_document["connectors"]
    connector["advanced"] = FOREIGN | {"allow_bp15": False}
    second = {
        "general": connector["general"] | {"directory_name": "SECOND"},
        "stack": {"address": "127.0.100.89"},
        "address_space": [{"country": "US", "organization": "B", "cost": 50}],
    }
    a_document["connectors"].append(second)
    a = await start(a_document)
    await send(a, file=REPORT.octets)
    await a.said("rerouted", connector="SECOND")
    entries = [*a.mta.store.queues.waiting("SECOND"), *a.mta.store.queues.waiting("TO-B")]
    (entry,) = entries
    bare = entry.conversion is not None
    assert bare is (a.mta.store.queues.lengths().get("TO-B") == 1)


@pytest.mark.parametrize(
    ("content", "indicators", "diagnostic"),
    [
        (WINMAIL.octets, PerMessageIndicators.NONE, Diagnostic.CONTENT_SYNTAX_ERROR),
        (
            b"",
            PerMessageIndicators.IMPLICIT_CONVERSION_PROHIBITED,
            Diagnostic.IMPLICIT_CONVERSION_PROHIBITED,
        ),
    ],
)
def test_exchange_contents_that_cannot_be_converted_are_reported(
    a_document: dict[str, Any],
    content: bytes,
    indicators: PerMessageIndicators,
    diagnostic: Diagnostic,
) -> None:
    a_document["connectors"][0]["advanced"] = FOREIGN
    (connector,) = parse(a_document, MtaConfig, "a.yaml").connectors
    recipient = Recipient(ORAddress.parse(SMITH))
    message = Envelope(
        MtsIdentifier(GlobalDomain("US", " "), "M"),
        recipient.address,
        (recipient,),
        content_type=EXCHANGE_CONTENTS,
        indicators=indicators,
    )
    kept = Content(len(content), lambda at, size: content[at : at + size], from_here=False)
    obstacle = conversion.obstacle(connector, message, recipient, kept)
    assert obstacle == NotDelivered(NonDeliveryReason.CONVERSION_NOT_PERFORMED, diagnostic)


def test_1984_has_no_general_text(a_document: dict[str, Any]) -> None:
    a_document["connectors"][0]["advanced"] = OF_1984 | {"body_part": "iso-8859-1"}
    with pytest.raises(ConfigurationError, match=r"advanced: .*1984 lacks: ia5, t61"):
        parse(a_document, MtaConfig, "a.yaml")


# The other pages


@pytest.mark.element("return of content")
async def test_the_content_is_asked_back(start: Start, a_document: dict[str, Any]) -> None:
    """By default, as Exchange does (Q298000); who submits may say otherwise."""
    for wanted in (True, False):
        a_document["server"]["name"] = f"A{wanted}"  # with a directory of its own
        a_document["server"]["registry"] = {"request_return_of_content": wanted}
        a = await start(a_document)
        asked = {}
        for given in (None, True, False):
            request = {"command": "submit", "from": JONES, "to": [SMITH], "return_content": given}
            (identifier,) = (await ask(a.directory, request))["mts_identifiers"]
            (entry,) = (
                each
                for each in a.mta.store.queues.waiting("TO-B")
                if each.mts_identifier == identifier
            )
            indicators = envelopes.decode(entry.envelope).indicators
            asked[given] = bool(indicators & PerMessageIndicators.CONTENT_RETURN_REQUEST)
        assert asked == {None: wanted, True: True, False: False}
        await a.stop()


async def test_the_display_name_is_what_people_are_shown(
    start: Start, a_document: dict[str, Any]
) -> None:
    a_document["connectors"][0]["general"]["display_name"] = "To the branch"
    a = await start(a_document)
    arguments = ["--data", str(a.directory)]
    shown = await asyncio.to_thread(CliRunner().invoke, queue.app, arguments)
    assert "To the branch" in shown.stdout
    assert [each.display_name for each in a.mta.queues()] == ["To the branch"]


def test_rts_values_are_those_of_the_call(a_document: dict[str, Any]) -> None:
    a_document["connectors"][0]["override"] = {"checkpoint_size": 7, "window_size": 3}
    config = parse(a_document, MtaConfig, "a.yaml")
    request = opening._request(config, config.connectors[0])
    assert (request.checkpoint_size, request.window_size) == (7, 3)


async def test_transfer_timeouts(start: Start, a_document: dict[str, Any]) -> None:
    """Each is for a KB begun, of a priority."""
    a_document["connectors"][0]["override"] = {
        "transfer_timeout_urgent": 10,
        "transfer_timeout_normal": 20,
        "transfer_timeout_non_urgent": 30,
    }
    a = await start(a_document)
    for priority in ("urgent", "normal", "non-urgent"):
        await a.send(SMITH, priority=priority, text="x" * 2000)
    entries = list(a.mta.store.queues.waiting("TO-B"))
    assert all(2048 < entry.octets <= 3072 for entry in entries)
    connector = a.mta._connectors["TO-B"]
    assert [connector.outbox.transfer_time(entry) for entry in entries] == [30, 60, 90]


async def test_off_values_of_alarms_have_exchanges_rules(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """One above on is ignored, and half of on holds (Q163085); one below on holds itself."""
    a_document["server"]["registry"] = {
        "outbound_queue_alarm_on": 6,
        "outbound_queue_alarm_off": 1,
        "work_queue_alarm_on": 6,
        "work_queue_alarm_off": 7,
    }
    a = await start(a_document, scale=600)
    await a.send(SMITH, count=6)
    await a.said("event", id=659)
    await start(b_document)
    await a.said("event", id=660)
    assert "leaving 1 messages" in a.all("event", id=660)[0]["text"]
    assert "leaving 3 messages" in a.all("event", id=667)[0]["text"]


async def test_calls_come_from_the_overriding_address(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """Q197378: the called MTA knows one address of a host that has two."""
    other = "127.0.113.89"
    a_document["server"]["transport_stack"]["other_addresses"] = [other]
    a_document["server"]["registry"] = {"stack_ip_address_override": {"TO-B": other}}
    b_document["connectors"][0]["stack"]["address"] = other
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    opened = await b.said("association", state="open")
    assert opened["peer"].rpartition(":")[0] == other
    await b.said("delivered")
