"""What Windows Sockets called the errors of sockets, for the events that quote them (Q154301)."""

import errno

_NET_DOWN = 10050
_TIMED_OUT = 10060

_NUMBERS = {
    errno.EACCES: 10013,
    errno.EMFILE: 10024,
    errno.ENFILE: 10024,
    errno.EAFNOSUPPORT: 10047,
    errno.EADDRINUSE: 10048,
    errno.EADDRNOTAVAIL: 10049,
    errno.ENETDOWN: _NET_DOWN,
    errno.ENOBUFS: 10055,
    errno.ENOMEM: 10055,
    errno.ENETUNREACH: 10051,
    errno.ECONNABORTED: 10053,
    errno.ECONNRESET: 10054,
    errno.EPIPE: 10054,
    errno.ETIMEDOUT: _TIMED_OUT,
    errno.ECONNREFUSED: 10061,
    errno.EHOSTUNREACH: 10065,
}


def number(error: OSError) -> int:
    """The Winsock number of an error; a time-out of our own has no number of the kernel's."""
    if isinstance(error, TimeoutError):
        return _TIMED_OUT
    return _NUMBERS.get(error.errno or 0, _NET_DOWN)
