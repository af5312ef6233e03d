"""The records of an MTA: each kind once, with its fields and its line for people.

process.py, associations.py and mail.py define them. `mta-emu serve` writes them to standard output,
the control socket passes them on (`follow`), and the doors listen to them. labkit/records.py makes
JSON of them, and reads it; docs/records.md lists them.
"""

from labkit.records import RecordKinds
from mta_emu.mta.log.records.associations import (
    Association,
    AssociationState,
    ConnectorState,
    ProtocolError,
    Recovery,
    Resumed,
    Turn,
)
from mta_emu.mta.log.records.mail import (
    Cancelled,
    Deferred,
    Delivered,
    Discarded,
    Downgraded,
    Redirected,
    Released,
    Reported,
    ReportReceived,
    Rerouted,
    Submitted,
    Transfer,
)
from mta_emu.mta.log.records.process import (
    Accepting,
    Disk,
    DoorOpen,
    EventLogged,
    Listening,
    Problem,
    Reloaded,
    ReloadRefused,
)

__all__ = [
    "RECORDS",
    "Accepting",
    "Association",
    "AssociationState",
    "Cancelled",
    "ConnectorState",
    "Deferred",
    "Delivered",
    "Discarded",
    "Disk",
    "DoorOpen",
    "Downgraded",
    "EventLogged",
    "Listening",
    "Problem",
    "ProtocolError",
    "Recovery",
    "Redirected",
    "Released",
    "ReloadRefused",
    "Reloaded",
    "ReportReceived",
    "Reported",
    "Rerouted",
    "Resumed",
    "Submitted",
    "Transfer",
    "Turn",
]

#: Every kind, and their reader.
RECORDS = RecordKinds(
    Listening,
    Accepting,
    EventLogged,
    ConnectorState,
    Association,
    Turn,
    Recovery,
    Resumed,
    ProtocolError,
    Submitted,
    Transfer,
    Deferred,
    Released,
    Cancelled,
    Redirected,
    Rerouted,
    Downgraded,
    Delivered,
    Reported,
    ReportReceived,
    Discarded,
    Reloaded,
    ReloadRefused,
    DoorOpen,
    Problem,
    Disk,
)
