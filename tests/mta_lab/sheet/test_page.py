"""The sheet on paper: no password, and text of a sheet is text."""

from mta_lab.sheet.page import page
from tests.mta_lab.sheet.sheets import ONE, sheet


def test_it_has_every_field_and_what_is_left_out() -> None:
    text = page(sheet(ONE, peer={"selectors": {"t": "text:AB", "s": "hex:4142", "p": "blank"}}))
    for path, value in {
        "centre": "ONE",
        "own.ipv4.before_nat": "203.0.113.10",
        "own.ipv6": "left out",
        "peer.selectors.t": "text:AB",
        "peer.selectors.s": "hex:4142",
        "peer.selectors.p": "blank",
        "own.selectors.t": "left out",
        "link.conformance": "1988-normal",
        "firewalls": "none",
    }.items():
        assert f'<tr><th>{path}</th><td class="value">{value}</td></tr>' in text


def test_it_has_the_firewalls_in_order() -> None:
    proxy = {"method": "proxy", "inside": "203.0.113.1", "outside": "192.0.2.1"}
    text = page(sheet(ONE, firewalls=[proxy]))
    assert '<th>firewalls.1.outside</th><td class="value">192.0.2.1</td>' in text


def test_of_passwords_it_has_only_the_kind() -> None:
    text = page(sheet(ONE, own={"password": "hunter2"}, peer={"password": " "}))
    assert "hunter2" not in text
    assert '<th>own.password</th><td class="value">given</td>' in text
    assert '<th>peer.password</th><td class="value">a single space</td>' in text


def test_what_a_sheet_holds_is_no_markup() -> None:
    text = page(sheet(ONE, own={"mta_name": "<script>x</script>"}))
    assert "<script" not in text
    assert "&lt;script&gt;x&lt;/script&gt;" in text
