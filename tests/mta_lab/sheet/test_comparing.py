"""Two sheets field by field: what differs, and what that does by the MTAs' own checks."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_lab.sheet.comparing import Comparison, Difference, Kind, compare
from mta_lab.sheet.sheet import Sheet
from mta_lab.topology.disposition import Disposition
from tests.mta_lab.sheet.sheets import ONE, TWO, sheet

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def agreed(like: Sheet, other: Sheet, **own: Any) -> Sheet:
    """A sheet that leaves nothing out, and has for the other centre what that one says."""
    blank = dict.fromkeys(("t", "s", "p"), "blank")
    peer = {"mta_name": other.own.mta_name, "password": other.own.password, "selectors": blank}
    return sheet(like, own={"selectors": blank, **own}, peer=peer)


FIRST, SECOND = agreed(ONE, TWO), agreed(TWO, ONE)


def only(found: Comparison) -> Difference:
    (difference,) = found.differences
    return difference


def fates(difference: Difference) -> dict[str, tuple[str, str]]:
    """By the sender, what becomes of the mail that changes, and the check that decides."""
    return {
        each.sender: (each.after.disposition.value, each.after.reason.check)
        for each in difference.changes
        if each.after
    }


def test_sheets_that_agree_have_no_differences_and_deliver() -> None:
    found = compare(FIRST, SECOND, NOW)
    assert found.differences == ()
    assert [flow.disposition for flow in found.mail] == [Disposition.DELIVERED] * 2


BLANK = {"t": "blank", "s": "blank", "p": "blank"}


@pytest.mark.parametrize(
    ("field", "value", "becomes"),
    [
        ("mta_name", "OTHER", "refused"),
        ("password", "", "refused"),
        ("password", " ", "refused"),
        ("selectors", {**BLANK, "t": "text:X"}, "collected"),
        ("selectors", {**BLANK, "s": "hex:58"}, "collected"),
        ("selectors", {**BLANK, "p": "text:X"}, "collected"),
    ],
)
def test_what_is_configured_otherwise_refuses_the_call(
    field: str, value: Any, becomes: str
) -> None:
    """The called MTA logs 51 (Q166308).

    Name and password are checked in the answer too, so the other side's call fails as well. An MTA
    that has no selector takes calls to any, so that call fetches the mail.
    """
    second = sheet(SECOND, peer={**peer_of(SECOND), field: value})
    difference = only(compare(FIRST, second, NOW))
    assert difference.kind is Kind.DIFFERENT
    assert difference.first_field.startswith(f"own.{field}")
    assert difference.second_field.startswith(f"peer.{field}")
    flow = next(each.after for each in difference.changes if each.sender == "ONE")
    assert flow is not None
    assert (flow.disposition.value, flow.events["TWO"]) == (becomes, (51,))


def test_text_and_hex_of_the_same_octets_change_nothing() -> None:
    first = agreed(ONE, TWO, selectors={"t": "text:AB", "s": "blank", "p": "blank"})
    second = sheet(SECOND, peer={**peer_of(SECOND), "selectors": {"t": "hex:4142"}})
    found = {each.first_field: each for each in compare(first, second, NOW).differences}
    difference = found["own.selectors.t"]
    assert (difference.kind, difference.changes) == (Kind.WRITTEN_OTHERWISE, ())
    assert (difference.first, difference.second) == ("text:AB", "hex:4142")


def test_what_is_left_open_shows_what_it_does_when_it_stays_so() -> None:
    """The mail as the sheets are has the other's word for it."""
    first = agreed(ONE, TWO, selectors={"t": "text:AB", "s": "blank", "p": "blank"})
    second = sheet(SECOND, peer={**peer_of(SECOND), "selectors": {"s": "blank", "p": "blank"}})
    found = compare(first, second, NOW)
    difference = only(found)
    assert (difference.kind, difference.second) == (Kind.LEFT_OPEN, "left out")
    assert fates(difference)["ONE"] == ("collected", "selectors")
    assert [flow.disposition for flow in found.mail] == [Disposition.DELIVERED] * 2


def test_blank_and_left_out_differ_and_do_the_same() -> None:
    second = sheet(SECOND, peer={**peer_of(SECOND), "selectors": {"s": "blank", "p": "blank"}})
    difference = only(compare(FIRST, second, NOW))
    assert (difference.first, difference.second) == ("blank", "left out")
    assert difference.changes == ()


def test_monologue_refuses_two_way_alternate() -> None:
    """Q171113: 55 at the MTA that does not allow it."""
    difference = only(compare(FIRST, sheet(SECOND, link={"dialogue_mode": "monologue"}), NOW))
    assert difference.first_field == "link.dialogue_mode"
    assert fates(difference)["ONE"][1] == "dialogue mode"


def test_another_conformance_mode_is_refused() -> None:
    difference = only(compare(FIRST, sheet(SECOND, link={"conformance": "1988-x410"}), NOW))
    assert {check for _, check in fates(difference).values()} == {"conformance mode"}


@pytest.mark.parametrize("field", ["checkpoint_size", "window_size", "lifetime"])
def test_what_is_negotiated_or_ones_own_is_compared_and_changes_nothing(field: str) -> None:
    difference = only(compare(FIRST, sheet(SECOND, link={field: 7}), NOW))
    assert (difference.first_field, difference.second) == (f"link.{field}", "7")
    assert difference.changes == ()


def test_the_wrong_address_on_a_stack_page_is_the_seed() -> None:
    second = sheet(SECOND, peer={**peer_of(SECOND), "address": "203.0.113.99"})
    difference = only(compare(FIRST, second, NOW))
    assert (difference.first_field, difference.second_field) == ("own.ipv4", "peer.address")
    assert (difference.first, difference.second) == ("203.0.113.10", "203.0.113.99")
    assert fates(difference)["ONE"] == ("refused", "address")


def test_other_versions_of_ip_make_no_topology() -> None:
    six = sheet(FIRST, own={"ipv6": {"before_nat": "2001:db8::1"}}, link={"over": "ipv6"})
    found = compare(six, SECOND, NOW)
    assert only(found).first_field == "link.over"
    assert "own.ipv6 must be given" in only(found).problem
    assert found.mail == ()
    assert "link.over: ONE says ipv6, TWO says ipv4" in found.problem


def test_each_difference_is_predicted_alone() -> None:
    second = sheet(SECOND, peer={**peer_of(SECOND), "password": ""}, link={"window_size": 1})
    password, window = compare(FIRST, second, NOW).differences
    assert fates(password)["ONE"] == ("refused", "password")
    assert window.changes == ()


@given(st.sampled_from(["", " ", "hunter2"]), st.sampled_from(["", " ", "another-word"]))
def test_no_password_is_shown(own: str, configured: str) -> None:
    first = sheet(FIRST, own={"password": own})
    second = sheet(SECOND, peer={**peer_of(SECOND), "password": configured})
    found = compare(first, second, NOW)
    text = str(asdict(found))
    assert "hunter2" not in text
    assert "another-word" not in text
    assert bool(found.differences) == (own != configured)


def test_two_passwords_that_are_both_given_are_told_apart() -> None:
    second = sheet(SECOND, peer={**peer_of(SECOND), "password": "x"})
    difference = only(compare(FIRST, second, NOW))
    assert (difference.first, difference.second) == ("given", "given, another one")


def peer_of(like: Sheet) -> dict[str, Any]:
    return like.peer.model_dump(mode="json", exclude_unset=True)
