"""Who may bind, as a table."""

from ipaddress import IPv4Address
from typing import Any

import pytest

from labkit.config import parse
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.policy.admission import (
    ASSOCIATION_LIMIT,
    Admitted,
    Caller,
    Dropped,
    Refused,
    admit,
    screen,
)
from mta_emu.mts.bind import BindError, Credentials
from mta_emu.osi.rtse.primitives import Mode
from mta_emu.osi.selectors import Selectors

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


@pytest.mark.parametrize(
    "who",
    [
        caller(),
        caller(name="External"),  # between Exchange servers the case of the name is one (Q165111)
        caller(two_way=False),
    ],
)
def test_the_right_caller_is_admitted(who: Caller) -> None:
    assert admit([connector()], who, {}) == Admitted(connector())


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
    assert admit([connector()], who, {}) == Refused(BindError.AUTHENTICATION_ERROR, (51,))


def test_the_seed_a_known_mta_from_another_address() -> None:
    refused = Refused(BindError.AUTHENTICATION_ERROR, (1293,), connector())
    assert admit([connector()], caller(ELSEWHERE), {}) == refused


def test_of_two_connectors_that_could_be_meant_the_address_decides() -> None:
    second = connector("TWO", stack={"address": ELSEWHERE})
    assert admit([connector(), second], caller(ELSEWHERE), {}) == Admitted(second)
    assert admit([second, connector()], caller(HERE), {}) == Admitted(connector())


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
    refused = Refused(BindError.UNACCEPTABLE_DIALOGUE_MODE, (55,), monologue)
    assert admit([monologue], caller(), {}) == refused
    assert admit([monologue], caller(two_way=False), {}) == Admitted(monologue)


@pytest.mark.parametrize(("activation", "admitted"), [("never", False), ("remote-initiated", True)])
def test_the_schedule(activation: str, admitted: bool) -> None:
    page = connector(schedule={"activation": activation})
    decision = admit([page], caller(), {})
    if admitted:
        assert decision == Admitted(page)
    else:
        assert decision == Refused(BindError.AUTHENTICATION_ERROR, (37, 1293), page)


@pytest.mark.parametrize("of_caller", Mode)
@pytest.mark.parametrize("of_connector", Mode)
def test_the_mode_must_be_the_connectors(of_connector: Mode, of_caller: Mode) -> None:
    chosen = connector(advanced={"conformance": of_connector.value})
    decision = admit([chosen], caller(mode=of_caller), {})
    if of_connector is of_caller:
        assert decision == Admitted(chosen)
    else:
        assert decision == Refused(BindError.AUTHENTICATION_ERROR, (1293,), chosen)


def test_of_two_connectors_to_one_mta_the_mode_picks() -> None:
    both = [
        connector("NORMAL"),
        connector("X410", advanced={"conformance": "1988-x410"}),
    ]
    assert admit(both, caller(mode=Mode.X410_1988), {}) == Admitted(both[1])


@pytest.mark.parametrize("mode", [Mode.X410_1984, Mode.X410_1988])
@pytest.mark.parametrize("configured", ["s", "p"])
def test_an_s_or_p_selector_fits_nobody_in_the_x410_modes(mode: Mode, configured: str) -> None:
    stack = {"address": HERE, "incoming": {"t": "T", configured: "X"}}
    advanced = {"conformance": mode.value}
    brought = Selectors(session=b"X", presentation=b"X", transport=b"T")
    who = caller(selectors=brought, mode=mode)
    unknown = Refused(BindError.AUTHENTICATION_ERROR, (51,))
    page = connector(stack=stack, advanced=advanced)
    assert admit([page], who, {}) == unknown  # Q152932, Q166308
    only_t = connector(stack=stack | {"incoming": {"t": "T"}}, advanced=advanced)
    assert admit([only_t], who, {}) == Admitted(only_t)


def test_the_association_limit() -> None:
    full = {"ONE": ASSOCIATION_LIMIT}
    refused = Refused(BindError.BUSY, (57,), connector())
    assert admit([connector()], caller(), full) == refused
    assert admit([connector()], caller(), {"ONE": ASSOCIATION_LIMIT - 1, "TWO": 20}) == Admitted(
        connector()
    )
    never = connector(schedule={"activation": "never"})
    assert admit([never], caller(), full) == Refused(
        BindError.AUTHENTICATION_ERROR, (37, 1293), never
    )


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
    expected = Dropped(CALLER, dropped) if dropped else None
    assert screen(parse(document, MtaConfig, "test"), CALLER) == expected
