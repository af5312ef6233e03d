"""The errors of sockets as Windows numbered them."""

import errno

import pytest

from mta_emu.mta.log.winsock import number


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ECONNREFUSED, ""), 10061),  # WSAECONNREFUSED, Q154301
        (OSError(errno.ECONNRESET, ""), 10054),
        (OSError(errno.EPIPE, ""), 10054),
        (OSError(errno.EHOSTUNREACH, ""), 10065),
        (OSError(errno.ETIMEDOUT, ""), 10060),
        (TimeoutError(), 10060),  # ours, which the kernel knows nothing of
        (OSError(errno.EMFILE, ""), 10024),
        (OSError(errno.ENOTTY, ""), 10050),  # none of a network: it is down
        (OSError("no number"), 10050),
    ],
)
def test_number(error: OSError, code: int) -> None:
    assert number(error) == code
