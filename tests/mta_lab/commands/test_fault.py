"""`mta-lab fault`: what is given becomes a fault of the lab's networks, or is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from mta_lab.lab.directory import labs_directory
from mta_lab.topology.faults import read_faults

Command = Callable[..., Any]


def faults(lab: str) -> list[str]:
    return [str(each) for each in read_faults(labs_directory() / lab).faults]


@pytest.mark.parametrize("lab", ["netns"], indirect=True)
def test_faults_are_added_replaced_and_lifted(lab: str, cli: Command) -> None:
    for options, there in (
        (("outside", "--delay", "0.1"), ["outside: delay 0.1 s"]),
        (("inside", "--reset"), ["outside: delay 0.1 s", "inside: reset"]),
        (("outside", "--delay", "0.2"), ["inside: reset", "outside: delay 0.2 s"]),
        (("inside", "--lift"), ["outside: delay 0.2 s"]),
        (
            ("outside", "--larger-than", "700", "--icmp"),
            ["outside: delay 0.2 s", "outside: larger than 700 octets with icmp"],
        ),
        (("inside", "--black-hole", "--for", "0.01"), None),
        (("outside", "--lift"), []),
    ):
        before = faults(lab)
        done = cli("fault", "--lab", lab, *options)
        assert done.exit_code == 0, done.output
        standing = before if there is None else there
        assert sorted(faults(lab)) == sorted(standing)
        shown = cli("ps").output
        assert all(f"fault on {each}" in shown for each in standing)
        assert shown.count("fault on ") == len(standing)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("outside",), "outside: what is to happen? --drop, --reset"),
        (("outside", "--for", "3"), "outside: what is to happen? --drop, --reset"),
        (("outside", "--drop", "1", "--reset"), "give one of drop, reset"),
        (("outside", "--reset", "--icmp"), "icmp is the answer to packets that are larger_than"),
        (("dmz", "--reset"), "no network or service 'dmz'; there are: outside, inside"),
    ],
)
def test_what_is_no_fault_is_refused_and_nothing_changes(
    lab: str, cli: Command, options: tuple[str, ...], complaint: str
) -> None:
    done = cli("fault", "--lab", lab, *options)
    assert done.exit_code == 2
    assert complaint in done.output
    assert faults(lab) == []


@pytest.mark.parametrize("lab", ["loopback"], indirect=True)
def test_loopback_names_the_backend_that_can(lab: str, cli: Command) -> None:
    done = cli("fault", "--lab", lab, "outside", "--reset")
    assert done.exit_code == 2
    assert "--backend netns, not loopback" in done.output
