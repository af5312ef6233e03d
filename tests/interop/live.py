"""A live MTA for PP and ISODE as they were recorded: its configuration, and how they call it.

The live MTA has the name, the password and the mailboxes of the one that was recorded, and its
connector the selectors of the foreign one: so names and identifiers stay octets of theirs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mta_emu.mts import bind
from mta_emu.mts.apdu import ApduReader, Head, decode_head
from mta_emu.mts.bind import Credentials
from mta_emu.osi.rtse.primitives import DialogueMode, RtOpen, RtOpenAccept
from mta_emu.osi.selectors import Selectors, selector_text
from tests.interop.foreign import Foreign
from tests.interop.replay import Step
from tests.interop.test_peer_stack import (
    Association,
    answered,
    opening,
)
from tests.mta_emu.mta.conftest import PORT, A, B, Running, document

Start = Callable[..., Awaitable[Running]]
M1, M2, TWA = "m1_emu_to_pp_84_mono.pcap", "m2_pp_to_emu_88n_mono.pcap", "m2_pp_to_emu_88n_twa.pcap"
PROBES = "probes_emu_to_pp_88_unfixed.pcap"
CHECKPOINT_0 = "connector_checkpoint_size_0_to_pp.pcap"
REFUSED = "emu_recover_refused_by_pp_88n.pcap"
REFUSALS = "bind_refusals_isode_to_emu.pcap"
ELSEWHERE = "127.0.77.89"


@dataclass(frozen=True)
class Place:
    """Where the mail of a recording comes from and goes to: organizations in one domain."""

    here: str
    there: str
    country: str = "US"
    administration_domain: str = " "
    private_domain: str = "Contoso"


EMUM, EMUT = Place("EMUM", "PPA"), Place("EMUT", "PPA")
SEED = Place("Outside", "Inside")


def head(apdu: bytes) -> Head:
    reader = ApduReader()
    reader.feed(apdu)
    return decode_head(reader.head)


def proposed(association: Association) -> RtOpen:
    """How the recorded caller opened the association."""
    proposal = opening(association)
    assert isinstance(proposal, RtOpen)
    return proposal


def accepted(association: Association) -> RtOpenAccept:
    """How the recorded called side answered."""
    answer, _ = answered(association)
    assert isinstance(answer, RtOpenAccept)
    return answer


def page(selectors: Selectors) -> dict[str, str]:
    values = selectors.transport, selectors.session, selectors.presentation
    return dict(zip("tsp", map(selector_text, values), strict=True))


def configured(
    live: Credentials, foreign: Credentials, proposal: RtOpen, place: Place
) -> dict[str, Any]:
    """The configuration of the live MTA: its one connector leads to the foreign one."""
    found = document(live.name, foreign.name, B, A)
    server, (connector,) = found["server"], found["connectors"]
    server["local_mta_password"] = live.password.decode()
    server["global_domain"] = {
        "country": place.country,
        "administration_domain": place.administration_domain,
        "private_domain": place.private_domain,
    }
    server["mailboxes"] = [{"country": place.country, "organization": place.here}]
    connector["general"]["remote_mta_password"] = foreign.password.decode()
    connector["address_space"] = [{"country": place.country, "organization": place.there}]
    connector["advanced"] = {
        "conformance": proposal.mode.value,
        "two_way_alternate": proposal.dialogue_mode is DialogueMode.TWO_WAY_ALTERNATE,
    }
    return found


def is_called(association: Association, place: Place) -> dict[str, Any]:
    """The configuration of a live MTA that the recorded caller calls."""
    proposal, answer = proposed(association), accepted(association)
    foreign = bind.decode_argument(proposal.user_data)
    found = configured(bind.decode_result(answer.user_data), foreign, proposal, place)
    (connector,) = found["connectors"]
    connector["stack"]["incoming"] = page(proposal.calling)
    connector["override"] = {
        "checkpoint_size": answer.checkpoint_size,
        "window_size": answer.window_size,
    }
    found["server"]["transport_stack"]["selectors"] = page(proposal.called)
    return found


async def call(steps: list[Step], source: str = A) -> Foreign:
    """Let the recorded caller call the live MTA from `source`, until it has said all."""
    peer = Foreign(steps, is_caller=True)
    await peer.speak(*await asyncio.open_connection(B, PORT, local_addr=(source, 0)))
    return peer


def address(surname: str, organization: str) -> str:
    return f"C=US;A= ;P=Contoso;O={organization};S={surname}"
