"""Why no onward connection came about: the destination's answers, and this machine's own troubles.

A client sees the same reset either way; who looks at the log must know where to look.
"""

import errno
import os

from firewall_proxy.policy import OnwardSource
from firewall_proxy.records import Outcome
from labkit.reason import Reason

#: What the destination, or the network on the way to it, answered.
_ANSWERS = {
    errno.ECONNREFUSED: Outcome.REFUSED,
    errno.ECONNRESET: Outcome.RESET_BY_DESTINATION,
    errno.ETIMEDOUT: Outcome.TIMED_OUT,
    errno.EHOSTUNREACH: Outcome.UNREACHABLE,
    errno.EHOSTDOWN: Outcome.UNREACHABLE,
    errno.ENETUNREACH: Outcome.UNREACHABLE,
    errno.ENETDOWN: Outcome.UNREACHABLE,
    errno.ENOPROTOOPT: Outcome.UNREACHABLE,  # ICMP protocol unreachable
    errno.ECONNABORTED: Outcome.ABANDONED,
}
#: What this machine lacks or forbids.
_OURS = {
    errno.EADDRNOTAVAIL: (Outcome.LIMIT, "this machine has no free port for it"),
    errno.EADDRINUSE: (Outcome.LIMIT, "this machine has no free port for it"),
    errno.EMFILE: (Outcome.LIMIT, "this process may have no more open files"),
    errno.ENFILE: (Outcome.LIMIT, "this machine has no more open files"),
    errno.ENOBUFS: (Outcome.LIMIT, "this machine has no memory for it"),
    errno.ENOMEM: (Outcome.LIMIT, "this machine has no memory for it"),
    errno.EACCES: (Outcome.DENIED, "this machine's packet filter forbids it"),
    errno.EPERM: (Outcome.DENIED, "this machine's packet filter forbids it"),
}


class SourceUnusableError(OSError):
    """The source address cannot be used on this machine; nothing was sent."""


def out_of_files(error: OSError) -> Reason:
    """Why a client that waits cannot be accepted."""
    _, why = _OURS.get(error.errno or 0, (None, f"this machine cannot accept it: {error.strerror}"))
    return Reason("this machine", why)


def is_ours(error: OSError) -> bool:
    """Whether the error is this machine's, so that the destination was never asked."""
    return isinstance(error, SourceUnusableError) or error.errno not in _ANSWERS


def explain(error: OSError, source: OnwardSource, destination: object) -> tuple[Outcome, Reason]:
    """The outcome of an attempt that failed, and why."""
    code = error.errno or 0
    said = error.strerror or str(error)
    if isinstance(error, SourceUnusableError):
        text = f"{source.address} cannot be a source address here: {said}"
        return Outcome.FAILED, Reason("this machine", text, place=source.reason.place)
    if code in _ANSWERS:
        return _ANSWERS[code], Reason("destination", f"{destination}: {said}")
    outcome, why = _OURS.get(code, (Outcome.FAILED, "this machine cannot open it"))
    way = f"from {source.address} to {destination}" if source.address else f"to {destination}"
    text = f"no connection {way}: {why} ({os.strerror(code).lower() if code else said})"
    return outcome, Reason("this machine", text)
