"""Every extension that docs/conformance.md calls refused: octets in, a report out.

Each comes in a message, and in one recipient's fields, critical for transfer and for delivery.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mta_emu.mta.policy.extensions import HANDLING, Handling
from mta_emu.mts import envelope
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Criticality, Extension
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.subject import Recipient
from mta_emu.osi.rtse.primitives import Octets, RtTransfer, RtTransferConfirm, RtTurnPlease
from tests.hostile.conftest import Honest
from tests.hostile.wire import JONES, SMITH
from tests.mta_emu.mta.conftest import Running
from tests.patience import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="module")
DOMAIN = GlobalDomain("US", " ", "Contoso")
REFUSED = [kind for kind, done in HANDLING.items() if done is Handling.REFUSED]


@pytest.mark.parametrize("critical", [Criticality.FOR_TRANSFER, Criticality.FOR_DELIVERY])
@pytest.mark.parametrize("where", ["message", "recipient"])
@pytest.mark.parametrize("kind", [*REFUSED, "1.2.3"], ids=str)
async def test_what_is_refused_where_it_is_critical_is_reported(
    victim: Running, honest: Honest, kind: int | str, where: str, critical: Criticality
) -> None:
    extensions = (Extension(kind, criticality=critical),)
    identifier = MtsIdentifier(DOMAIN, f"A-{where}-{kind}-{critical.value}")
    sent = Envelope(identifier, JONES, (Recipient(SMITH),))
    if where == "message":
        sent = replace(sent, extensions=extensions)
    else:
        sent = replace(sent, recipients=(Recipient(SMITH, extensions=extensions),))
    fields = sent.passed(DOMAIN, "A", datetime.now(UTC))
    octets = message_prefix(envelope.encode(fields), 2) + b"\x30\x00"
    honest.endpoint.request(RtTransfer(Octets(octets)))
    async with asyncio.timeout(PATIENCE):
        # it asks for the turn, to send its reports
        while isinstance(heard := await honest.endpoint.receive(), RtTurnPlease):
            pass
    assert heard == RtTransferConfirm(accepted=True)
    reported = await victim.said("reported", mts_identifier=str(identifier))
    assert reported["outcome"] == (
        "not delivered: unable-to-transfer, unsupported-critical-function"
    )
    assert victim.all("delivered", mts_identifier=str(identifier)) == []
