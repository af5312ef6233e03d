"""What two MTAs have kept, and the command run in this process."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from labkit.reason import Reason
from mta_emu.cli import app
from mta_emu.mta.log.events import event
from mta_emu.mta.policy.delivery import DeliveryEnvelope
from mta_emu.mta.store.mailbox import Delivery
from mta_emu.mta.store.queues import QueuedCopy
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, Failure, TrackingEntry
from mta_emu.mts import ipm
from mta_emu.mts.fields import Priority
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import IA5Text
from mta_emu.mts.oraddress import ORAddress

JONES = ORAddress.parse("C=US;A= ;P=Contoso;O=Outside;S=Jones")
SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=Inside;S=Smith")
MESSAGE = "[C=US;A= ;P=Contoso;EXTERNAL-1]"
CONTENT = ipm.encode(InterpersonalMessage.of("1", JONES, (SMITH,), "Hello", (IA5Text("One\nTwo"),)))
DN = "/O=Contoso/OU=Lab/CN=Configuration/CN=Connections/CN=FIREWALL"
REFUSED = Reason("bind", "bind error 2")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def external(tmp_path: Path) -> Path:
    """Submitted a message, was refused, and sent it in the end."""
    directory = tmp_path / "external"
    store = Store.open(directory, "EXTERNAL")
    message = store.contents.begin()
    store.contents.append(message, 0, CONTENT)
    store.complete(
        message,
        TrackingEntry(at(0), MESSAGE, Action.SUBMITTED),
        content_length=len(CONTENT),
        copies=[QueuedCopy("FIREWALL", Priority.NORMAL, b"envelope", [str(SMITH)])],
        deliveries=[],
        arrivals=[str(SMITH)],
    )
    store.tracking.add_failure(Failure(at(1), "FIREWALL", 1, "refused", "bind error 2"))
    store.events.add(event(289, REFUSED, dn=DN), at(1), "FIREWALL")
    store.events.add(event(301, dn=DN, block=2, seconds=600), at(1.5), "FIREWALL")
    (entry,) = store.queues.waiting("FIREWALL")
    tried = TrackingEntry(at(60), MESSAGE, Action.TRIED, "FIREWALL", 2)
    sent = TrackingEntry(at(62), MESSAGE, Action.TRANSFERRED, "FIREWALL", 2, detail="900 octets")
    store.dequeue(entry, tried, sent)
    store.close()
    return directory


#: What Smith is told with the message.
ENVELOPE = DeliveryEnvelope(
    str(JONES), at(60).isoformat(), "P22", types=("ia5-text",), others=("C=US;S=Other",)
)


@pytest.fixture
def internal(tmp_path: Path) -> Path:
    """Received the message."""
    directory = tmp_path / "internal"
    store = Store.open(directory, "INTERNAL")
    message = store.contents.begin()
    store.contents.append(message, 0, CONTENT)
    store.complete(
        message,
        TrackingEntry(at(61), MESSAGE, Action.RECEIVED, "FIREWALL", 1, detail="900 octets"),
        content_length=len(CONTENT),
        copies=[],
        deliveries=[Delivery([str(SMITH)], "Hello", ENVELOPE.to_text())],
        arrivals=[str(SMITH)],
    )
    store.close()
    return directory


@pytest.fixture
def mta_emu() -> Callable[..., Result]:
    """Runs the command with a wide output."""
    runner = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})
    return lambda *arguments: runner.invoke(app, [str(each) for each in arguments])
