"""What of an association another process needs to go on with it, as plain values (X.228 7.8).

RTSE recovers from the failure of an end system, too. A process that is killed has no time to say
anything: so the values are kept whenever a checkpoint is confirmed, by whoever keeps the APDU, and
after the next start the association is one that has lost its connection.
"""

from typing import Any

from mta_emu.osi.rtse.association import ActivityName, Incoming, Outgoing, RtAssociation
from mta_emu.osi.rtse.external import ExternalReader, ExternalSource
from mta_emu.osi.rtse.primitives import ApduSource, DialogueMode, Mode
from mta_emu.osi.rtse.x410_mode import Unwrapped
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import ConnectionIdentifier

#: What JSON has; octets are hex digits.
Values = dict[str, Any]


def to_values(association: RtAssociation, received: int) -> Values:
    """The values of an association, of whose incoming APDU the user has `received` octets."""
    outgoing, incoming = association.outgoing, association.incoming
    return {
        "mode": association.mode.value,
        "dialogue_mode": association.dialogue_mode.value,
        "called": _selectors(association.called),
        "calling": _selectors(association.calling),
        "checkpoint_size": association.checkpoint_size,
        "window_size": association.window_size,
        "identifier": _identifier(association.identifier),
        "has_turn": association.has_turn,
        "activities": association.activities,
        "outgoing": _outgoing(outgoing) if outgoing and outgoing.can_be_kept else None,
        "incoming": _incoming(incoming, received) if incoming and incoming.can_be_kept else None,
    }


def from_values(values: Values, source: ApduSource | None) -> RtAssociation:
    """The association of `to_values`; `source` has the octets of its outgoing APDU.

    Raises ProtocolError when the octets that came cannot have come.
    """
    association = RtAssociation(
        Mode(values["mode"]),
        Selectors(*map(bytes.fromhex, values["called"])),
        Selectors(*map(bytes.fromhex, values["calling"])),
        DialogueMode(values["dialogue_mode"]),
        values["checkpoint_size"],
        values["window_size"],
        _read_identifier(values["identifier"]),
        values["has_turn"],
        values["activities"],
    )
    if source and (going := values["outgoing"]):
        header = bytes.fromhex(going["wrapping"])
        wrapped = ExternalSource(header, source) if header else source
        size = association.checkpoint_size * 1024
        association.outgoing = Outgoing(wrapped, size, association.window_size)
        association.outgoing.go_on(tuple(going["confirmed"]), map(_read_name, going["names"]))
    if coming := values["incoming"]:
        normal = association.mode is Mode.NORMAL_1988
        reader = ExternalReader() if normal else Unwrapped()
        name, *others = map(_read_name, coming["names"])
        association.incoming = Incoming(reader, name, association.window_size)
        association.incoming.names.extend(others)
        before = bytes.fromhex(coming["wrapping"])
        checkpoints = dict(coming["checkpoints"])
        association.incoming.go_on(before, coming["received"], checkpoints)
    return association


def _outgoing(going: Outgoing) -> Values:
    wrapping = going.source.header if isinstance(going.source, ExternalSource) else b""
    return {
        "wrapping": wrapping.hex(),
        "confirmed": list(going.confirmed),
        "names": list(map(_name, going.names)),
    }


def _incoming(coming: Incoming, received: int) -> Values:
    return {
        "wrapping": coming.wrapping.hex(),
        "received": received,
        "checkpoints": coming.checkpoints_up_to(len(coming.wrapping) + received),
        "names": list(map(_name, coming.names)),
    }


def _selectors(selectors: Selectors) -> list[str]:
    return [each.hex() for each in (selectors.presentation, selectors.session, selectors.transport)]


def _identifier(identifier: ConnectionIdentifier) -> list[str]:
    parts = identifier.ss_user_reference, identifier.common_reference
    return [each.hex() for each in (*parts, identifier.additional_reference)]


def _read_identifier(values: list[str]) -> ConnectionIdentifier:
    return ConnectionIdentifier(*map(bytes.fromhex, values))


def _name(name: ActivityName) -> list[str]:
    return [*_identifier(name.connection), name.identifier.hex()]


def _read_name(values: list[str]) -> ActivityName:
    *connection, identifier = values
    return ActivityName(_read_identifier(connection), bytes.fromhex(identifier))
