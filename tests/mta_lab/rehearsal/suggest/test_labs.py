"""The fix of every article that gives one is found, or one that is at least as small.

Files are compared without the names of connectors and firewalls' entries, which decide nothing.
"""

from typing import Any

import pytest

from mta_lab.rehearsal.suggest.document import TopologyFile
from mta_lab.rehearsal.suggest.edit import Edit
from tests.mta_lab.rehearsal.changed import LABS
from tests.mta_lab.rehearsal.suggest.stopped import suggested

#: A lab whose mail is not delivered, and the lab with the fix of its article: found just so.
FOUND = [
    ("q157015-strict-host", "q157015-octet-zero"),
    ("q157015-strict-host", "q157015-octet-ignored"),
    ("q159182-wrong-answer", "q159182-right-answer"),
    ("q166602-control-blocks", "q166602-more-control-blocks"),
    ("q169159-foreign-mta-name", "q169159-name-as-it-is"),
    ("q169716-schedule-never", "q169716-schedule-always"),
    ("q171113-two-way-not-allowed", "q171113-two-way-allowed"),
    ("q190022-both-remote-initiated", "q190022-one-calls"),
    ("q196381", "q196381-transparency-off"),
    ("q196381", "q196381-second-connector"),
    ("q196381", "q196381-tunnel"),
    ("q196381-ipv6-new-record", "q196381-ipv6-stack-page"),
    ("q197378-multihomed-caller", "q197378-stack-ip-address-override"),
    ("trap-reverse-path", "trap-reverse-path-loose"),
    ("trap-shared-port", "trap-shared-port-selector"),
]

#: The same, where what is found differs from the fix and is at least as small; and in what.
AT_LEAST_AS_SMALL = {
    ("q152932-s-selector-x410", "q152932-no-s-selector"): "NORTH keeps the selector it cannot show",
    ("q152934-incoming-defaults", "q152934-incoming-given"): "NORTH takes the selector instead",
    ("q166308-wrong-mta-name", "q166308-all-right"): "without the selectors that the other lab has",
    ("q166308-wrong-password", "q166308-all-right"): "without the selectors that the other lab has",
    ("q166308-wrong-selector", "q166308-all-right"): "",
    ("q193380-no-ptr-record", "q193380-ptr-record"): "the Stack page names the address",
    ("q199326-wrong-method", "q199326-proxy"): "INTERNAL goes on waiting to be called",
    ("q199326-wrong-method", "q199326-pass-through"): "INTERNAL goes on waiting to be called",
    ("trap-standby", "trap-standby-second-connector"): "the second connector costs as much",
    ("q200259-control-blocks", "q200259-ten-a-connector"): "as many blocks as the play needs",
}

#: Labs with a fix that is not about whether mail is delivered.
NOT_ABOUT_DELIVERY = {
    "q157630-retry-and-report": "how soon a report comes",
    "q163085-queue-alarms": "when alarms are logged",
    "q166594-lost-turn": "what a cut connection leaves behind",
    "q194589-association-limit": "how many associations many messages open",
    "trap-ports-used-up": "how many of them a firewall has ports for",
}

#: Labs whose mail waits, without a lab that fixes it in the topology: what the first suggestion is.
WITHOUT_A_FIX = {
    "q140958-monologue": "connector SOUTH of NORTH: allow two-way alternate",
    "q154301-connection-refused": "connector SOUTH of NORTH: call 203.0.113.20 port 102",
    "q193322-reroute": "connector CHEAP of NORTH: call 203.0.113.20 port 102",
    "q193322-route-selection": "a second connector of SOUTH, remote-initiated",
    "q196381-haproxy": "a second connector of INTERNAL, remote-initiated",
    "q196381-ipv6": "service x400-inbound of firewall: client-side transparency off",
    "q196381-iptables": "a second connector of INTERNAL, remote-initiated",
    "q196381-nftables": "a second connector of INTERNAL, remote-initiated",
    "q196381-nginx": "a second connector of INTERNAL, remote-initiated",
    "trap-masquerade": "connector EXTERNAL of INTERNAL: the Stack page names 198.51.100.1",
    "trap-proxy-header": "connector EXTERNAL of INTERNAL: its activation is always",
}

#: Labs whose mail waits, and which routes, networks or others' files mend: no suggestion does.
OUT_OF_REACH = {"trap-black-hole", "trap-idle-conntrack", "trap-no-fwmark-rule", "trap-way-back"}

_NOT_ABOUT_MAIL = ("display_name", "directory_name", "name", "clock")


def leaves(values: Any, *path: object) -> dict[tuple[object, ...], object]:
    """The values that decide about mail, by their paths."""
    if isinstance(values, dict):
        parts: Any = [(key, each) for key, each in values.items() if key not in _NOT_ABOUT_MAIL]
    elif isinstance(values, list):
        parts = enumerate(values)
    else:
        return {path: values}
    return {key: leaf for part, each in parts for key, leaf in leaves(each, *path, part).items()}


def decides(file: TopologyFile, edits: tuple[Edit, ...] = ()) -> dict[tuple[object, ...], object]:
    """What a file, with edits, says that decides about mail, defaults included."""
    read = file.read_back(edits)
    return leaves(read.model_dump(mode="json", include={"mtas", "firewalls", "hosts", "reverse"}))


def differences(one: dict[Any, object], other: dict[Any, object]) -> int:
    """In how many values two files differ."""
    return sum(one.get(key) != other.get(key) for key in {*one, *other})


def lab(name: str) -> TopologyFile:
    return TopologyFile.read(LABS / f"{name}.yaml")


@pytest.mark.parametrize(("name", "fixed"), FOUND)
def test_the_fix_of_the_article_is_found(name: str, fixed: str) -> None:
    _, found = suggested(name)
    wanted = decides(lab(fixed))
    assert wanted in [decides(lab(name), edits) for edits in found]


@pytest.mark.parametrize(("name", "fixed"), AT_LEAST_AS_SMALL)
def test_what_is_found_is_at_least_as_small_as_the_fix(name: str, fixed: str) -> None:
    _, (best, *_) = suggested(name)
    before = decides(lab(name))
    fix = differences(before, decides(lab(fixed)))
    assert 0 < differences(before, decides(lab(name), best)) <= fix


@pytest.mark.parametrize("name", WITHOUT_A_FIX)
def test_mail_that_waits_without_a_fix_is_mended_too(name: str) -> None:
    found, _ = suggested(name)
    assert found.suggestions[0].edits[0].startswith(WITHOUT_A_FIX[name])


@pytest.mark.parametrize("name", sorted(OUT_OF_REACH))
def test_nothing_is_suggested_where_no_edit_of_the_file_mends_it(name: str) -> None:
    found, _ = suggested(name)
    assert found.waiting
    assert found.suggestions == ()


def test_every_lab_whose_mail_waits_is_in_a_table() -> None:
    known = {name for name, _ in [*FOUND, *AT_LEAST_AS_SMALL]} | {*WITHOUT_A_FIX} | OUT_OF_REACH
    for path in sorted(LABS.glob("*.yaml")):
        if path.stem in known or path.stem in NOT_ABOUT_DELIVERY:
            continue
        found, _ = suggested(path.stem)
        assert found.waiting == () or path.stem in FIXED_AND_WAITING, path.stem


def test_the_ptr_record_is_found_for_the_mail_that_needs_it() -> None:
    found, _ = suggested("q193380-no-ptr-record", ("NORTH", "SOUTH"))
    assert found.suggestions[0].edits == ("a PTR record: 203.0.113.10 is north.contoso.example",)


#: Labs with a fix whose mail waits all the same, as their articles have it.
FIXED_AND_WAITING = {
    "q152934-incoming-given": "SOUTH calls by selectors that NORTH does not have",
    "q157630-fewer-retries": "nobody listens, and the report comes sooner",
    "q194589-higher-threshold": "the play opens the schedule",
    "trap-ports-used-up-wider-range": "the play opens the schedule",
}
