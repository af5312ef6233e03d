"""Who may bind, as a table."""

from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.addresses import End
from labkit.config import parse
from labkit.reason import Reason
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.configuration.server import Registry
from mta_emu.mta.policy.admission import (
    ASSOCIATION_LIMIT,
    Admitted,
    Caller,
    Refused,
    admit,
    control_blocks_used_up,
    screen,
)
from mta_emu.mta.policy.names import reverse
from mta_emu.mts.bind import BindError, Credentials
from mta_emu.osi.rtse.primitives import Mode
from mta_emu.osi.selectors import Selectors

UNKNOWN = (BindError.AUTHENTICATION_ERROR, (51,), None)
HERE, ELSEWHERE = "198.51.100.1", "203.0.113.10"


def connector(name: str = "ONE", **pages: dict[str, Any]) -> ConnectorConfig:
    general = {"directory_name": name, "remote_mta_name": "EXTERNAL", "remote_mta_password": "Pw"}
    document = {"general": general, "stack": {"address": HERE}} | pages
    return ConnectorConfig.model_validate(document)


def caller(
    address: str = HERE,
    host_name: str | None = None,
    selectors: Selectors | None = None,
    name: str = "EXTERNAL",
    password: bytes = b"Pw",
    *,
    two_way: bool = True,
    mode: Mode = Mode.NORMAL_1988,
) -> Caller:
    credentials = Credentials(name, password)
    return Caller(
        IPv4Address(address), host_name, selectors or Selectors(), credentials, two_way, mode
    )


def outcome(decision: Admitted | Refused) -> Any:
    """The connector's name, or the error, the events and the name of the connector meant."""
    match decision:
        case Admitted(found):
            return found.name
        case Refused(error, events, _, meant):
            return error, events, meant.name if meant else None


@pytest.mark.parametrize(
    "who",
    [
        caller(),
        caller(name="External"),  # between Exchange servers the case of the name is one (Q165111)
        caller(two_way=False),
    ],
)
def test_the_right_caller_is_admitted(who: Caller) -> None:
    assert outcome(admit([connector()], who, {})) == "ONE"


@pytest.mark.parametrize(("name", "admitted"), [("EXTERNAL", True), ("External", False)])
def test_the_name_of_a_foreign_mta_is_case_sensitive(name: str, admitted: bool) -> None:
    """Q169159; a system that does not take Exchange contents is no Exchange server."""
    foreign = connector(advanced={"allow_exchange_contents": False})
    assert isinstance(admit([foreign], caller(name=name), {}), Admitted) is admitted


@pytest.mark.parametrize(
    "who",
    [
        caller(name="OTHER"),
        caller(password=b"pw"),  # passwords are case-sensitive
        caller(password=b""),
        caller(selectors=Selectors(transport=b"X")),
        caller(selectors=Selectors(session=b"X")),
        caller(selectors=Selectors(presentation=b"X")),
        caller(name="", password=b""),
    ],
)
def test_who_fits_no_connector_is_unknown(who: Caller) -> None:
    assert outcome(admit([connector()], who, {})) == UNKNOWN


def test_the_seed_a_known_mta_from_another_address() -> None:
    firewall = connector("FIREWALL")
    refused = admit([firewall], caller(ELSEWHERE), {})
    assert outcome(refused) == (BindError.AUTHENTICATION_ERROR, (1293,), "FIREWALL")
    assert refused.reason == Reason(
        "address",
        "caller's address 203.0.113.10 is not 198.51.100.1, "
        "the address on the Stack page of connector FIREWALL",
        expected="198.51.100.1",
        seen="203.0.113.10",
        place=firewall.stack.place("address"),
    )
    assert [each.check for each in refused.passed] == ["MTA name", "password", "selectors"]


def test_of_two_connectors_that_could_be_meant_the_address_decides() -> None:
    second = connector("TWO", stack={"address": ELSEWHERE})
    assert outcome(admit([connector(), second], caller(ELSEWHERE), {})) == "TWO"
    assert outcome(admit([second, connector()], caller(HERE), {})) == "ONE"
    neither = admit([connector(), second], caller("192.0.2.1"), {})
    assert neither.reason.text == (
        "caller's address 192.0.2.1 is not 198.51.100.1, the address on the Stack page of "
        "connector ONE, nor 203.0.113.10, the address on the Stack page of connector TWO"
    )


@pytest.mark.parametrize(
    ("host_name", "admitted"),
    [("fw.example", True), ("FW.Example", True), ("x", False), (None, False)],
)
def test_a_name_on_the_stack_page_is_compared_with_the_reverse_name(
    host_name: str | None, admitted: bool
) -> None:
    named = connector(stack={"address": "fw.example"})
    assert isinstance(admit([named], caller(ELSEWHERE, host_name), {}), Admitted) is admitted


@pytest.mark.parametrize(
    ("stack", "selectors", "admitted"),
    [
        ({"outgoing": {"t": "ABC"}}, Selectors(transport=b"ABC"), True),  # the default (Q152934)
        ({"outgoing": {"t": "ABC"}}, Selectors(), False),
        ({"outgoing": {"t": "ABC"}, "incoming": {"t": "0x4142"}}, Selectors(transport=b"AB"), True),
        ({"outgoing": {"t": "A"}, "incoming": {"s": "S"}}, Selectors(transport=b"A"), False),
    ],
)
def test_incoming_selectors(stack: dict[str, Any], selectors: Selectors, admitted: bool) -> None:
    page = connector(stack={"address": HERE} | stack)
    assert isinstance(admit([page], caller(selectors=selectors), {}), Admitted) is admitted


def test_two_way_alternate_where_it_is_not_allowed() -> None:
    monologue = connector(advanced={"two_way_alternate": False})
    refused = admit([monologue], caller(), {})
    assert outcome(refused) == (BindError.UNACCEPTABLE_DIALOGUE_MODE, (55,), "ONE")
    assert refused.reason.text == (
        "dialogue mode two-way alternate is not one that the Advanced page of connector ONE allows "
        "(monologue)"
    )
    assert outcome(admit([monologue], caller(two_way=False), {})) == "ONE"


@pytest.mark.parametrize(("activation", "admitted"), [("never", False), ("remote-initiated", True)])
def test_the_schedule(activation: str, admitted: bool) -> None:
    page = connector(schedule={"activation": activation})
    decision = admit([page], caller(), {})
    if admitted:
        assert outcome(decision) == "ONE"
    else:
        assert outcome(decision) == (BindError.AUTHENTICATION_ERROR, (37, 1293), "ONE")
        assert decision.reason.text == (
            "the caller is not let in by connector ONE, whose activation on the Schedule page is "
            "never"
        )


@pytest.mark.parametrize("of_caller", Mode)
@pytest.mark.parametrize("of_connector", Mode)
def test_the_mode_must_be_the_connectors(of_connector: Mode, of_caller: Mode) -> None:
    chosen = connector(advanced={"conformance": of_connector.value})
    decision = admit([chosen], caller(mode=of_caller), {})
    if of_connector is of_caller:
        assert outcome(decision) == "ONE"
    else:
        assert outcome(decision) == (BindError.AUTHENTICATION_ERROR, (1293,), "ONE")
        assert decision.reason.text == (
            f"conformance mode {of_caller.value} is not {of_connector.value}, the conformance on "
            "the Advanced page of connector ONE"
        )


def test_of_two_connectors_to_one_mta_the_mode_picks() -> None:
    both = [
        connector("NORMAL"),
        connector("X410", advanced={"conformance": "1988-x410"}),
    ]
    assert outcome(admit(both, caller(mode=Mode.X410_1988), {})) == "X410"


@pytest.mark.parametrize("mode", [Mode.X410_1984, Mode.X410_1988])
@pytest.mark.parametrize("configured", ["s", "p"])
def test_an_s_or_p_selector_fits_nobody_in_the_x410_modes(mode: Mode, configured: str) -> None:
    stack = {"address": HERE, "incoming": {"t": "T", configured: "X"}}
    advanced = {"conformance": mode.value}
    brought = Selectors(session=b"X", presentation=b"X", transport=b"T")
    who = caller(selectors=brought, mode=mode)
    refused = admit([connector(stack=stack, advanced=advanced)], who, {})
    assert outcome(refused) == UNKNOWN  # Q152932, Q166308
    assert refused.reason.text.endswith(f"; only a T selector travels in mode {mode.value}")
    only_t = connector(stack=stack | {"incoming": {"t": "T"}}, advanced=advanced)
    assert outcome(admit([only_t], who, {})) == "ONE"


def test_the_association_limit() -> None:
    full = {"ONE": ASSOCIATION_LIMIT}
    refused = admit([connector()], caller(), full)
    assert outcome(refused) == (BindError.BUSY, (57,), "ONE")
    assert refused.reason.text == (
        "another association is not allowed on connector ONE: 10 are open, of at most 10"
    )
    nearly = {"ONE": ASSOCIATION_LIMIT - 1, "TWO": 20}
    assert outcome(admit([connector()], caller(), nearly)) == "ONE"
    never = connector(schedule={"activation": "never"})
    refused = admit([never], caller(), full)
    assert outcome(refused) == (BindError.AUTHENTICATION_ERROR, (37, 1293), "ONE")


@pytest.mark.parametrize(
    ("who", "check", "text"),
    [
        (
            caller(name="OTHER"),
            "MTA name",
            "MTA name OTHER is not EXTERNAL, the remote MTA name on the General page of "
            "connector ONE",
        ),
        (
            caller(name=""),
            "MTA name",
            "MTA name (empty) is not EXTERNAL, the remote MTA name on the General page of "
            "connector ONE",
        ),
        (
            caller(password=b"wrong"),
            "password",
            "password of MTA EXTERNAL is not the remote MTA password on the General page of "
            "connector ONE",
        ),
        (
            caller(selectors=Selectors(transport=b"X", session=b"\x01")),
            "selectors",
            "selectors T X, S 0x01 are not T (none), S (none), the outgoing ones on the Stack page "
            "of connector ONE (which has no incoming ones)",
        ),
    ],
)
def test_the_reason_says_which_part_of_the_bind_does_not_fit(
    who: Caller, check: str, text: str
) -> None:
    refused = admit([connector()], who, {})
    assert isinstance(refused, Refused)
    assert (refused.reason.check, refused.reason.text) == (check, text)


def test_case_is_named_when_it_is_all_that_differs() -> None:
    foreign = connector(advanced={"allow_exchange_contents": False})
    refused = admit([foreign], caller(name="External"), {})
    assert refused.reason.text.endswith(
        "(case counts, because its Advanced page does not allow Exchange contents)"
    )


def test_who_is_admitted_hears_why_check_by_check() -> None:
    admitted = admit([connector()], caller(), {})
    assert [each.check for each in admitted.passed] == [
        "MTA name",
        "password",
        "selectors",
        "address",
        "conformance mode",
        "dialogue mode",
        "schedule",
        "association limit",
    ]
    assert admitted.reason.text == (
        "caller's address 198.51.100.1 is 198.51.100.1, "
        "the address on the Stack page of connector ONE"
    )


def test_a_stranger_cannot_make_a_reason_long() -> None:
    many = [connector(f"C{number}") for number in range(100)]
    refused = admit(many, caller(name="OTHER"), {})
    assert refused.reason.text.endswith("of connector C2, nor that of 97 more")


def test_without_connectors_nobody_is_admitted() -> None:
    assert outcome(admit([], caller(), {})) == UNKNOWN


SECRETS = st.text("~^|{}", min_size=1, max_size=64)  # characters that no reason has


@given(brought=SECRETS, configured=SECRETS, address=st.sampled_from([HERE, ELSEWHERE]))
def test_no_reason_shows_a_password(brought: str, configured: str, address: str) -> None:
    general = {"directory_name": "O", "remote_mta_name": "E", "remote_mta_password": configured}
    who = caller(address, name="E", password=brought.encode())
    decision = admit([connector(general=general)], who, {})
    shown = repr((decision.reason, decision.passed))
    assert not set(shown) & set("~^|{}")


CALLER = IPv4Address("203.0.113.20")


@pytest.mark.parametrize(
    ("stacks", "server", "dropped"),
    [
        # all Stack pages hold addresses: the bind is heard
        (["203.0.113.9"], {}, None),
        (["203.0.113.9", "mta.example"], {"reverse": {"203.0.113.20": "mta.example"}}, None),
        (["203.0.113.20", "mta.example"], {}, None),
        (["mta.example"], {"hosts": {"MTA.example": "203.0.113.20"}}, None),
        # no name by reverse look-up: the connector's that would be called there
        (["mta.example"], {"names": {"mta.example": "203.0.113.20"}}, "mta.example"),
        (["203.0.113.9", "mta.example"], {"names": {"mta.example": "203.0.113.20"}}, "mta.example"),
        # a name by reverse look-up that is on no Stack page
        (["mta.example"], {"reverse": {"203.0.113.20": "other.example"}}, "other.example"),
        # the hosts file is read before the DNS is asked
        (
            ["mta.example"],
            {
                "hosts": {"old.example": "203.0.113.20"},
                "reverse": {"203.0.113.20": "mta.example"},
            },
            "old.example",
        ),
        (["mta.example"], {}, "203.0.113.20"),
    ],
)
def test_who_is_dropped_before_the_bind(
    stacks: list[str], server: dict[str, Any], dropped: str | None
) -> None:
    document = {
        "server": {
            "organization": "Contoso",
            "site": "Lab",
            "name": "A",
            "global_domain": {"country": "US"},
            "transport_stack": {"address": "203.0.113.10"},
            **server,
        },
        "connectors": [
            connector(f"C{number}", stack={"address": address}).model_dump(mode="json")
            for number, address in enumerate(stacks)
        ],
    }
    config = parse(document, MtaConfig, "test")
    found = screen(config, CALLER, reverse(config.server, CALLER))
    assert (found and found.name) == dropped
    if found:
        assert found.address == CALLER
        assert found.reason.check == "known address"
        name = reverse(config.server, CALLER)
        assert found.reason.text == "caller's address 203.0.113.20 is on no Stack page, " + (
            f"nor is {name}, its name by reverse look-up"
            if name
            else "and reverse look-up finds no name for it"
        )


def test_the_reason_of_control_blocks_has_their_count() -> None:
    reason = control_blocks_used_up(Registry(tcp_ip_control_blocks=7))
    assert reason.text == "all 7 TCP/IP control blocks are in use"


@pytest.mark.parametrize(
    ("written", "calls_from", "fits"),
    [
        ("2001:DB8:0::0001", "2001:db8::1", True),
        ("2001:db8::1", "2001:db8::2", False),
        ("::ffff:198.51.100.1", HERE, True),
        (HERE, "::ffff:198.51.100.1", True),
        (HERE, "2001:db8::1", False),
        ("2001:db8::1", HERE, False),
    ],
)
def test_addresses_are_compared_and_not_their_texts(
    written: str, calls_from: str, fits: bool
) -> None:
    page = connector(stack={"address": written})
    end = End.of_socket((calls_from, 40000))
    decided = admit([page], replace(caller(), address=end.address), {})
    assert isinstance(decided, Admitted) is fits
    if isinstance(decided, Refused):
        assert (decided.events, decided.reason.check) == ((1293,), "address")
