"""Hands the one capability of a container on to whatever its program starts.

A program that is not root's has a capability by its file, and what it starts has none, unless the
capability is ambient (capabilities(7)). iproute2 gives its own up where it is not inheritable.
"""

import ctypes
import os

_NET_ADMIN = 12  # linux/capability.h
_VERSION_3 = 0x20080522
_AMBIENT, _RAISE = 47, 2  # linux/prctl.h


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Set(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


def hand_on() -> None:
    """Keep CAP_NET_ADMIN and no other capability, and let what is started have it.

    Raises OSError where this process does not have it.
    """
    kernel = ctypes.CDLL(None, use_errno=True)
    bit = 1 << _NET_ADMIN
    sets = (_Set * 2)(_Set(bit, bit, bit))
    header = ctypes.byref(_Header(_VERSION_3, 0))
    if kernel.capset(header, sets) or kernel.prctl(_AMBIENT, _RAISE, _NET_ADMIN, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"CAP_NET_ADMIN: {os.strerror(number)}")
