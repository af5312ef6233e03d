"""One call: each question that it meets can be the one at which it ends."""

from collections.abc import Callable
from ipaddress import IPv4Address

import pytest

from mta_lab.rehearsal.call import call
from mta_lab.rehearsal.world import World
from tests.mta_lab.engines.boxes import needs
from tests.mta_lab.rehearsal.changed import lab, predicted

NORTH_TO = "NORTH.connectors.SOUTH"
SOUTH_TO = "SOUTH.connectors.NORTH"
RIGHT = "q166308-all-right"
INWARD = ("EXTERNAL", "INTERNAL")
REFUSED = (1290, 289, 1294)


@pytest.mark.parametrize(
    ("setting", "disposition", "check", "events", "events_there"),
    [
        (
            "SOUTH.server.transport_stack.port=103",
            "unreachable",
            "port",
            (9215, 1294, 4284, 289),
            (),
        ),
        (
            f"{NORTH_TO}.stack.address=203.0.113.99",
            "unreachable",
            "host",
            (9215, 1294, 4284, 289),
            (),
        ),
        (f"{NORTH_TO}.stack.address=no.example", "unreachable", "address", (1294, 4284, 289), ()),
        (
            f"{SOUTH_TO}.stack.address=no.example",
            "cut off",
            "known address",
            (1294,),
            (9301, 9301, 9202),
        ),
        ("NORTH.server.local_mta_name=OTHER", "refused", "MTA name", REFUSED, (51,)),
        (f"{NORTH_TO}.override.local_mta_password=x", "refused", "password", REFUSED, (51,)),
        ("NORTH.server.transport_stack.selectors.t=X", "refused", "selectors", REFUSED, (51,)),
        (f"{SOUTH_TO}.stack.address=203.0.113.99", "refused", "address", REFUSED, (1293,)),
        (
            f"{NORTH_TO}.advanced.conformance=1988-x410",
            "refused",
            "conformance mode",
            REFUSED,
            (1293,),
        ),
        (
            f"{SOUTH_TO}.advanced.two_way_alternate=false",
            "refused",
            "dialogue mode",
            REFUSED,
            (55,),
        ),
        (f"{SOUTH_TO}.schedule.activation=never", "refused", "schedule", REFUSED, (37, 1293)),
        (f"{SOUTH_TO}.override.local_mta_password=x", "rejected", "password", (48,), ()),
    ],
)
def test_what_is_wrong_decides(
    setting: str,
    disposition: str,
    check: str,
    events: tuple[int, ...],
    events_there: tuple[int, ...],
) -> None:
    world = World(lab(RIGHT, setting))
    (connector,) = world.mtas["NORTH"].connectors
    attempt = call(world, "NORTH", connector)
    assert (attempt.disposition, attempt.reason.check) == (disposition, check)
    assert (attempt.caller_events, attempt.called_events) == (events, events_there)
    assert not attempt.accepted


@pytest.mark.parametrize(
    ("layer", "disposition"), [("t", "cut off"), ("s", "refused"), ("p", "refused")]
)
def test_a_called_selector_that_is_another_is_refused_by_its_layer(
    layer: str, disposition: str
) -> None:
    topology = lab(
        RIGHT,
        f"{NORTH_TO}.stack.outgoing={{{layer}: WRONG}}",
        f"{NORTH_TO}.stack.incoming={{t: ANY}}",
        f"SOUTH.server.transport_stack.selectors={{{layer}: RIGHT}}",
    )
    (attempt,) = predicted(topology).attempts
    assert (attempt.disposition, attempt.reason.check) == (disposition, "called selectors")
    assert (attempt.caller_events, attempt.called_events) == (REFUSED, ())


def test_all_right_passes_every_check() -> None:
    world = World(lab(RIGHT))
    attempt = call(world, "NORTH", world.mtas["NORTH"].connectors[0])
    assert attempt.accepted
    assert attempt.source_seen == IPv4Address("203.0.113.10")
    binds = [step.question for step in attempt.steps if step.question.startswith("bind")]
    assert binds == [
        "bind: MTA name",
        "bind: password",
        "bind: selectors",
        "bind: address",
        "bind: conformance mode",
        "bind: dialogue mode",
        "bind: schedule",
        "bind: association limit",
    ]


def test_a_strict_caller_ends_a_connection_whose_answers_it_does_not_read() -> None:
    """Exchange 4.0 has its reserved octet in every header, the first answer's too (Q157015)."""
    prediction = predicted(lab("q157015-strict-host"), "SOUTH", "NORTH")
    (attempt,) = prediction.attempts
    assert (attempt.disposition, attempt.reason.check) == ("cut off", "TPKT")
    assert (attempt.caller_events, attempt.called_events) == (REFUSED, ())
    assert attempt.reason.place
    assert attempt.reason.place.path.startswith("mtas.SOUTH")


@pytest.mark.parametrize("option", ["send-proxy", "send-proxy-v2"])
def test_a_proxy_protocol_header_is_no_tpkt(option: str, needs_netns: Callable[[], None]) -> None:
    needs_netns()
    needs("haproxy")
    trap = lab("trap-proxy-header")
    haproxy = trap.firewalls["HAPROXY"]
    text = str(haproxy.text).replace("send-proxy", option)
    firewalls = trap.firewalls | {"HAPROXY": haproxy.model_copy(update={"text": text})}
    (attempt,) = predicted(trap.model_copy(update={"firewalls": firewalls}), *INWARD).attempts
    assert (attempt.disposition, attempt.reason.check) == ("cut off", "TPKT")
    assert (attempt.caller_events, attempt.called_events) == ((1294, 301), ())
    assert not attempt.recorded


def test_a_caller_with_several_addresses_has_alternatives() -> None:
    """Q197378: every other call is cut off."""
    (attempt,) = predicted(lab("q197378-multihomed-caller")).attempts
    (other,) = attempt.alternatives
    assert (attempt.disposition, other.disposition) == ("delivered", "cut off")
    assert other.source_seen != attempt.source_seen


def test_no_step_shows_a_password() -> None:
    topology = lab(RIGHT, f"{NORTH_TO}.override.local_mta_password=opensesame")
    assert "opensesame" not in repr(predicted(topology))


@pytest.mark.parametrize(
    ("setting", "disposition", "check"),
    [
        ("EXTERNAL.server.transport_stack.other_addresses=[]", "unreachable", "connection"),
        (
            "EXTERNAL.server.registry.stack_ip_address_override={INTERNAL: 203.0.113.10}",
            "unreachable",
            "connection",
        ),
        ("EXTERNAL.connectors.INTERNAL.stack.address=198.51.100.10", "delivered", "address"),
        ("INTERNAL.connectors.EXTERNAL.stack.address=2001:db8:113::10", "delivered", "address"),
    ],
)
def test_a_call_is_within_one_version_of_ip(setting: str, disposition: str, check: str) -> None:
    topology = lab("q196381-ipv6-new-record", setting)
    attempt = predicted(topology, "EXTERNAL", "INTERNAL").legs[0].attempts[0]
    assert (attempt.disposition, attempt.reason.check) == (disposition, check)
    if disposition == "unreachable":
        assert attempt.reason.text == (
            "2001:db8:100::10 is IPv6, and 203.0.113.10, where the call comes from, is IPv4"
        )
