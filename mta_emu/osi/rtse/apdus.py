"""Reliable transfer APDUs, X.228 clause 9: their values, and how they lie in ASN.1.

In normal mode they travel as alternatives of RTSE-apdus; in X.410-1984 mode RTORQ, RTOAC, RTORJ
and RTAB are parameters of the presentation's PPDUs, RTTP and RTTR the bare values.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.primitives import DialogueMode
from mta_emu.osi.session.primitives import ConnectionIdentifier

_TELETEX_STRING = b"\x14"
_DEFAULT_WINDOW_SIZE = 3

_Fields = dict[str, Any]


class RefuseReason(IntEnum):
    """Why RTORJ refuses an association (X.228 9.1)."""

    BUSY = 0
    CANNOT_RECOVER = 1
    VALIDATION_FAILURE = 2
    UNACCEPTABLE_DIALOGUE_MODE = 3


class AbortReason(IntEnum):
    """Why RTAB aborts an association (X.228 9.1); in X.410-1984 mode no user does."""

    LOCAL_SYSTEM_PROBLEM = 0
    INVALID_PARAMETER = 1
    UNRECOGNIZED_ACTIVITY = 2
    TEMPORARY_PROBLEM = 3
    PROTOCOL_ERROR = 4
    PERMANENT_PROBLEM = 5
    USER_ERROR = 6
    TRANSFER_COMPLETED = 7


@dataclass(frozen=True)
class Rtorq:
    """RT-OPEN request: opens an association with `user_data`, or recovers the one of `recover`."""

    user_data: bytes = b""
    recover: ConnectionIdentifier | None = None
    checkpoint_size: int = 0
    window_size: int = _DEFAULT_WINDOW_SIZE
    dialogue_mode: DialogueMode = DialogueMode.MONOLOGUE
    application_protocol: int | None = None  # in X.410-1984 mode only

    def to_asn1(self) -> _Fields:
        """The fields of RTORQapdu."""
        fields: _Fields = {
            "checkpointSize": self.checkpoint_size,
            "windowSize": self.window_size,
            "dialogueMode": int(self.dialogue_mode),
            "connectionDataRQ": _connection_data(self.user_data, self.recover),
        }
        if self.application_protocol is not None:
            fields["applicationProtocol"] = self.application_protocol
        return fields

    @classmethod
    def from_asn1(cls, fields: _Fields) -> "Rtorq":
        """Read RTORQapdu. Raises ProtocolError."""
        mode = fields["dialogueMode"]
        if mode not in set(DialogueMode):
            raise ProtocolError(f"dialogue mode {mode}: must be 0 or 1")
        user_data, recover = _opened_or_recovered(fields["connectionDataRQ"])
        return cls(
            user_data,
            recover,
            *_sizes(fields),
            DialogueMode(mode),
            fields.get("applicationProtocol"),
        )


@dataclass(frozen=True)
class Rtoac:
    """RT-OPEN accepted: the sizes that hold."""

    user_data: bytes = b""
    recover: ConnectionIdentifier | None = None
    checkpoint_size: int = 0
    window_size: int = _DEFAULT_WINDOW_SIZE

    def to_asn1(self) -> _Fields:
        """The fields of RTOACapdu."""
        return {
            "checkpointSize": self.checkpoint_size,
            "windowSize": self.window_size,
            "connectionDataAC": _connection_data(self.user_data, self.recover),
        }

    @classmethod
    def from_asn1(cls, fields: _Fields) -> "Rtoac":
        """Read RTOACapdu. Raises ProtocolError."""
        return cls(*_opened_or_recovered(fields["connectionDataAC"]), *_sizes(fields))


@dataclass(frozen=True)
class Rtorj:
    """RT-OPEN refused, by the provider with a reason or by the user with data."""

    refuse_reason: int | None = None
    user_data: bytes = b""  # in normal mode only

    def to_asn1(self) -> _Fields:
        """The fields of RTORJapdu."""
        fields: _Fields = {}
        if self.refuse_reason is not None:
            fields["refuseReason"] = int(self.refuse_reason)
        if self.user_data:
            fields["userDataRJ"] = self.user_data
        return fields

    @classmethod
    def from_asn1(cls, fields: _Fields) -> "Rtorj":
        """Read RTORJapdu."""
        return cls(fields.get("refuseReason"), bytes(fields.get("userDataRJ", b"")))


@dataclass(frozen=True)
class Rtab:
    """The association is aborted."""

    reason: int = AbortReason.USER_ERROR
    user_data: bytes = b""  # in normal mode only

    def to_asn1(self) -> _Fields:
        """The fields of RTABapdu."""
        fields: _Fields = {"abortReason": int(self.reason)}
        if self.user_data:
            fields["userdataAB"] = self.user_data
        return fields

    @classmethod
    def from_asn1(cls, fields: _Fields) -> "Rtab":
        """Read RTABapdu."""
        reason = fields.get("abortReason", AbortReason.LOCAL_SYSTEM_PROBLEM)
        return cls(reason, bytes(fields.get("userdataAB", b"")))


def _sizes(fields: _Fields) -> tuple[int, int]:
    checkpoint_size, window_size = fields["checkpointSize"], fields["windowSize"]
    if checkpoint_size < 0 or window_size < 1:
        raise ProtocolError(
            f"checkpoint size {checkpoint_size}, window size {window_size}: "
            "must be at least 0 and at least 1"
        )
    return checkpoint_size, window_size


def _connection_data(user_data: bytes, recover: ConnectionIdentifier | None) -> tuple[str, Any]:
    if recover is None:
        return "open", user_data
    fields: _Fields = {
        "callingSSuserReference": recover.ss_user_reference,
        "commonReference": recover.common_reference,
    }
    if recover.additional_reference:
        fields["additionalReferenceInformation"] = ber.contents(recover.additional_reference)
    return "recover", fields


def _opened_or_recovered(
    connection_data: tuple[str, Any],
) -> tuple[bytes, ConnectionIdentifier | None]:
    kind, value = connection_data
    if kind == "open":
        return bytes(value), None
    additional = value.get("additionalReferenceInformation")
    return b"", ConnectionIdentifier(
        bytes(value["callingSSuserReference"]),
        bytes(value["commonReference"]),
        b"" if additional is None else ber.tlv(_TELETEX_STRING, additional),
    )
