"""The sheet as its file has it, and what is wrong in one."""

from pathlib import Path
from typing import Any

import pytest

from labkit.addresses import parse_address
from labkit.config import ConfigurationError, dump, load, load_text, parse
from mta_lab.sheet.selector import BLANK
from mta_lab.sheet.sheet import Sheet

OWN: dict[str, Any] = {
    "mta_name": "ONE",
    "ipv4": {"before_nat": "203.0.113.10"},
    "domain": {"country": "XX", "administration_domain": "ICAO", "private_domain": "ONE"},
}
PROXY = {"method": "proxy", "inside": "203.0.113.1", "outside": "198.51.100.1"}
FAR = {"method": "proxy", "inside": "198.51.100.2", "outside": "192.0.2.2"}


def sheet(**fields: Any) -> Sheet:
    return parse({"centre": "ONE", "own": OWN, **fields}, Sheet, "one.yaml")


def test_what_is_left_out_is_neither_blank_nor_empty() -> None:
    silent, blank = sheet(), sheet(peer={"password": "", "selectors": {"t": "blank"}})
    assert (silent.peer.password, silent.peer.selectors.t) == (None, None)
    assert (blank.peer.password, blank.peer.selectors.t) == ("", BLANK)


@pytest.mark.parametrize("password", ["", " ", "secret", None])
def test_a_file_keeps_passwords_and_selectors_apart(tmp_path: Path, password: str | None) -> None:
    peer = {"selectors": {"t": "text:0x41", "s": "hex:41", "p": "blank"}}
    written = sheet(peer=peer if password is None else {**peer, "password": password})
    dump(written, tmp_path / "sheet.yaml")
    read = load(tmp_path / "sheet.yaml", Sheet)
    assert read == written
    assert read.peer.password == password


def test_the_other_centre_sees_the_outside_of_the_last_proxy() -> None:
    assert sheet().public_address == parse_address("203.0.113.10")
    assert sheet(firewalls=[PROXY, FAR]).public_address == parse_address("192.0.2.2")
    nat = {**FAR, "method": "nat"}
    assert sheet(firewalls=[PROXY, nat]).public_address == parse_address("192.0.2.2")
    routed = {**PROXY, "method": "pass-through"}
    assert sheet(firewalls=[routed]).public_address == parse_address("203.0.113.10")


def test_behind_a_proxy_the_stack_page_names_its_near_side() -> None:
    """Q199326: else it names the far system; and always what the sheet says."""
    far = sheet(own={**OWN, "ipv4": {"before_nat": "192.0.2.10"}})
    assert sheet(firewalls=[PROXY, FAR]).stack_address(far) == parse_address("203.0.113.1")
    assert sheet().stack_address(far) == parse_address("192.0.2.10")
    named = sheet(firewalls=[PROXY], peer={"address": "192.0.2.99"})
    assert named.stack_address(far) == parse_address("192.0.2.99")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"link": {"over": "ipv6"}}, "own.ipv6 must be given"),
        ({"own": {**OWN, "ipv4": {"before_nat": "2001:db8::1"}}}, "is an address of IPv6"),
        (
            {"own": {**OWN, "ipv4": {"before_nat": "203.0.113.10", "after_nat": "192.0.2.1"}}},
            "others see 203.0.113.10, for no firewall translates",
        ),
        ({"firewalls": [{**PROXY, "outside": "2001:db8::1"}]}, r"calls use ipv4 \(link.over\)"),
        ({"own": {**OWN, "mta_nam": "X"}}, "did you mean"),
        ({"own": {**OWN, "organization": "<b>"}}, "own.organization: .*O has '<', not a Printable"),
        ({"own": {**OWN, "organization": "*"}}, "own.organization: .*O has '\\*', not a Printable"),
        ({"centre": "a/b"}, "letters, digits"),
        ({"peer": {"selectors": {"t": "ABC"}}}, "text:ABC, hex:414243 or blank"),
        ({"peer": {"selectors": {"t": None}}}, "write blank where there is none, or leave the"),
        ({"peer": {"password": None}}, 'write "" for an empty one, or leave the line out'),
        ({"own": {**OWN, "password": None}}, 'write "" for an empty one, or leave the line out'),
        (
            {"firewalls": [{**PROXY, "method": "nat", "client_side_transparency": True}]},
            "is of a proxy, and the method is nat",
        ),
    ],
)
def test_what_is_wrong_is_said(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        sheet(**fields)


def test_an_error_names_the_line_and_no_password() -> None:
    text = "centre: ONE\nown:\n  mta_name: ONE\n  password: 'sécret'\n"
    with pytest.raises(ConfigurationError) as caught:
        load_text(text, Path("one.yaml"), Sheet)
    assert "one.yaml:4" in str(caught.value)
    assert "cret" not in str(caught.value)
