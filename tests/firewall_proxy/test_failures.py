"""This machine's troubles are told apart from the destination's answers."""

import errno
import os
from ipaddress import IPv4Address

import pytest

from firewall_proxy.failures import SourceUnusableError, explain, is_ours, out_of_files
from firewall_proxy.policy import OnwardSource
from firewall_proxy.records import Outcome
from labkit.reason import Reason

SOURCE = OnwardSource(IPv4Address("203.0.113.10"), True, Reason("source address", "kept"))
TO = "198.51.100.10:102"


@pytest.mark.parametrize(
    ("code", "outcome", "ours", "text"),
    [
        (errno.ECONNREFUSED, Outcome.REFUSED, False, f"{TO}: Connection refused"),
        (errno.ETIMEDOUT, Outcome.TIMED_OUT, False, f"{TO}: Connection timed out"),
        (errno.EHOSTUNREACH, Outcome.UNREACHABLE, False, f"{TO}: No route to host"),
        (errno.ENETUNREACH, Outcome.UNREACHABLE, False, f"{TO}: Network is unreachable"),
        (errno.ECONNABORTED, Outcome.ABANDONED, False, f"{TO}: "),
        (errno.ECONNRESET, Outcome.RESET_BY_DESTINATION, False, f"{TO}: Connection reset"),
        (errno.EADDRNOTAVAIL, Outcome.LIMIT, True, "no free port"),
        (errno.EADDRINUSE, Outcome.LIMIT, True, "no free port"),
        (errno.EMFILE, Outcome.LIMIT, True, "this process may have no more open files"),
        (errno.ENFILE, Outcome.LIMIT, True, "this machine has no more open files"),
        (errno.ENOBUFS, Outcome.LIMIT, True, "no memory"),
        (errno.EACCES, Outcome.DENIED, True, "packet filter forbids it"),
        (errno.EPERM, Outcome.DENIED, True, "packet filter forbids it"),
        (errno.EINVAL, Outcome.FAILED, True, "this machine cannot open it (invalid argument)"),
    ],
)
def test_an_error_has_its_side(code: int, outcome: Outcome, ours: bool, text: str) -> None:
    error = OSError(code, os.strerror(code))
    assert is_ours(error) is ours
    found, reason = explain(error, SOURCE, TO)
    assert found is outcome
    assert reason.check == ("this machine" if ours else "destination")
    assert text in reason.text
    assert TO in reason.text
    if ours:
        assert "from 203.0.113.10" in reason.text


def test_a_source_that_is_not_this_machines() -> None:
    error = SourceUnusableError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
    assert is_ours(error)
    outcome, reason = explain(error, SOURCE, TO)
    assert outcome is Outcome.FAILED
    assert reason.text.startswith("203.0.113.10 cannot be a source address here: ")


def test_where_the_route_chooses_no_source_is_named() -> None:
    source = OnwardSource(None, False, Reason("source address", "routed"))
    _, reason = explain(OSError(errno.EPERM, "x"), source, TO)
    assert reason.text.startswith(f"no connection to {TO}: ")


def test_a_client_that_cannot_be_accepted() -> None:
    assert out_of_files(OSError(errno.EMFILE, "x")).text.startswith("this process may have no more")
    assert "x" in out_of_files(OSError(errno.EPROTO, "x")).text
