"""What goes over a connector in its version of P1: as it is, or downgraded to that of 1984."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from mta_emu.mta.pages import ConnectorConfig
from mta_emu.mts import downgrade, ipm
from mta_emu.mts.apdu import Head, encode_head
from mta_emu.mts.envelope import ContentType, Envelope, Recipient
from mta_emu.mts.report import NotDelivered, Report
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.primitives import Mode


class Copy(NamedTuple):
    """The BER of a head for a connector, and what was dropped from it, in words."""

    octets: bytes
    dropped: str = ""


def speaks_1984(connector: ConnectorConfig) -> bool:
    """Whether P1 of 1984 is spoken over a connector."""
    return connector.advanced.conformance is Mode.X410_1984


def obstacle(
    connector: ConnectorConfig, head: Head, recipient: Recipient | None
) -> NotDelivered | None:
    """Why a connector's P1 cannot carry it, to a recipient unless it is a report; None: it can."""
    if not speaks_1984(connector):
        return None
    if isinstance(head, Report):
        return downgrade.obstacle_to_report(head)
    return downgrade.obstacle(head, recipient) if recipient else None


def copy(connector: ConnectorConfig, head: Head, read: Callable[[], bytes | None]) -> Copy:
    """What goes over a connector of a head that has no `obstacle`.

    `read` gives the content, None when it is too long to be looked into: a content of P22 goes as
    one of P2 where it is that as well.
    """
    if not speaks_1984(connector):
        return Copy(encode_head(head))
    downgraded, dropped = downgrade.downgrade(head)
    if (
        isinstance(downgraded, Envelope)
        and downgraded.content_type == ContentType.INTERPERSONAL_MESSAGING_1988
        and _is_p2(read())
    ):
        downgraded = replace(downgraded, content_type=ContentType.INTERPERSONAL_MESSAGING_1984)
    return Copy(encode_head(downgraded), ", ".join(dropped))


def as_it_is(connector: ConnectorConfig, other: ConnectorConfig) -> bool:
    """Whether the copy for a connector is also what goes over another one."""
    return speaks_1984(connector) or not speaks_1984(other)


def arrived(connector: ConnectorConfig, head: Head) -> Head:
    """What came over a connector, as 1988 has it."""
    return downgrade.upgrade(head) if speaks_1984(connector) else head


def _is_p2(content: bytes | None) -> bool:
    if content is None:
        return False
    with suppress(ProtocolError):
        return ipm.is_p2(content)
    return False
