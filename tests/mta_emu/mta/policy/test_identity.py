"""Who binds, or answers: the name, the password and the selectors beside a connector's pages."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.policy.identity import (
    compare_name,
    compare_password,
    compare_selectors,
    impostor,
    travelling,
)
from mta_emu.mts.bind import Credentials
from mta_emu.osi.rtse.primitives import Mode
from mta_emu.osi.selectors import Selectors

NORMAL, X410 = Mode.NORMAL_1988, Mode.X410_1984
FOREIGN = {"allow_exchange_contents": False}


def connector(**pages: dict[str, Any]) -> ConnectorConfig:
    general = {"directory_name": "X", "remote_mta_name": "Remote", "remote_mta_password": "Sesame"}
    stack = {"address": "198.51.100.1"} | pages.pop("stack", {})
    return ConnectorConfig.model_validate({"general": general, "stack": stack} | pages)


@pytest.mark.parametrize(
    ("name", "exchange", "foreign"),
    [("Remote", True, True), ("REMOTE", True, False), ("Other", False, False), ("", False, False)],
)
def test_the_case_of_a_name_counts_for_foreign_mtas(
    name: str, exchange: bool, foreign: bool
) -> None:
    """Q165111, Q169159."""
    credentials = Credentials(name, b"")
    assert compare_name(connector(), credentials).fits is exchange
    compared = compare_name(connector(advanced=FOREIGN), credentials)
    assert compared.fits is foreign
    assert ("case counts" in compared.configured) is (name == "REMOTE")


@given(st.binary(max_size=8))
def test_a_password_fits_only_as_it_is_and_is_not_shown(password: bytes) -> None:
    compared = compare_password(connector(), Credentials("Remote", password))
    assert compared.fits is (password == b"Sesame")
    shown = f"{compared}"
    assert "Sesame" not in shown
    assert (compared.expected, compared.seen) == ("", "")


def test_an_answer_is_genuine_when_name_and_password_are() -> None:
    """Q159182; the name is looked at first."""
    assert impostor(connector(), Credentials("Remote", b"Sesame")) is None
    wrong_name = impostor(connector(), Credentials("Other", b"wrong"))
    wrong_password = impostor(connector(), Credentials("Remote", b"sesame"))
    assert wrong_name
    assert wrong_password
    assert (wrong_name.check, wrong_password.check) == ("MTA name", "password")
    assert wrong_name.text.startswith("MTA name Other is not Remote, ")


OUTGOING, INCOMING = {"t": "out"}, {"t": "in", "s": "0x0102"}


@pytest.mark.parametrize(
    ("stack", "arrived", "mode", "fits"),
    [
        ({}, Selectors(), NORMAL, True),
        ({}, Selectors(transport=b"x"), NORMAL, False),
        ({"outgoing": OUTGOING}, Selectors(transport=b"out"), NORMAL, True),  # Q152934
        ({"outgoing": OUTGOING, "incoming": INCOMING}, Selectors(transport=b"out"), NORMAL, False),
        ({"incoming": INCOMING}, Selectors(transport=b"in", session=b"\1\2"), NORMAL, True),
        (
            {"incoming": INCOMING},
            Selectors(transport=b"in", session=b"\1\2"),
            X410,
            False,
        ),  # Q152932
    ],
)
def test_selectors(stack: dict[str, Any], arrived: Selectors, mode: Mode, fits: bool) -> None:
    assert compare_selectors(connector(stack=stack), arrived, mode).fits is fits


def test_only_the_selectors_that_differ_are_shown_with_their_page() -> None:
    meant = connector(stack={"incoming": INCOMING})
    compared = compare_selectors(meant, Selectors(transport=b"in", session=b"x"), NORMAL)
    assert (compared.subject, compared.expected, compared.seen) == (
        "selectors S x",
        "S 0x0102",
        "S x",
    )
    assert compared.place == meant.stack.place("incoming")
    default = compare_selectors(connector(), Selectors(transport=b"x"), NORMAL)
    assert "the outgoing ones on the Stack page of connector X (which has no incoming ones)" in (
        default.configured
    )


def test_only_a_t_selector_travels_in_the_x410_modes() -> None:
    all_three = Selectors(b"p", b"s", b"t")
    assert travelling(all_three, NORMAL) == all_three
    for mode in (Mode.X410_1984, Mode.X410_1988):
        assert travelling(all_three, mode) == Selectors(transport=b"t")
    compared = compare_selectors(
        connector(stack={"incoming": INCOMING}), Selectors(transport=b"in"), X410
    )
    assert compared.configured.endswith("; only a T selector travels in mode 1984")
