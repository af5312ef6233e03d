"""What the cells of the state table do: outputs, and the specific actions of X.225 Annex A.

Each is a function of the machine and of what the event brings: a primitive, in connection
establishment a proposal or an answer to one, from the transport its indication. An output that the
user gets is returned. Specific actions have the Annex's numbers: `a24` is its [24].
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session import establishment
from mta_emu.osi.session.establishment import Agreement, Overflow, Proposal
from mta_emu.osi.session.events import Invalid
from mta_emu.osi.session.machine import Spm
from mta_emu.osi.session.mapping import provider_abort, to_unit
from mta_emu.osi.session.primitives import (
    RefuseReason,
    SConnectAccept,
    SConnectRefuse,
    SControlGive,
    SessionPrimitive,
    SPAbort,
    STokenGive,
    Token,
)
from mta_emu.osi.session.spdu import Spdu, Unit, encode_tsdu
from mta_emu.osi.transport.connection import MAX_TSDU_SIZE
from mta_emu.osi.transport.primitives import TConnect, TDisconnect

Action = Callable[[Spm, Any], SessionPrimitive | None]


# Outputs to the peer


@cache
def sends(spdu: Spdu) -> Action:
    """The action that sends an SPDU made of the request or response at hand."""

    def send(spm: Spm, primitive: SessionPrimitive) -> None:
        unit = to_unit(primitive)
        assert unit.spdu is spdu, (unit.spdu, spdu)  # noqa: S101, the table is wrong otherwise
        spm.send(unit)

    return send


def send_connect(spm: Spm, proposal: Proposal) -> None:
    """CN."""
    spm.send(establishment.connect_unit(proposal))


def send_overflow_accept(spm: Spm, proposal: Proposal) -> None:
    """OA."""
    spm.send(establishment.overflow_accept_unit(proposal, spm.max_tsdu_size))


def send_overflow(spm: Spm, proposal: Proposal) -> None:
    """CDO, as many as the rest of the user data takes; `proposal` is what the OA left of it."""
    spm.proposal = proposal
    for unit in establishment.overflow_units(proposal, proposal.max_tsdu[0]):
        spm.transport.data(encode_tsdu(unit))


def send_accept(spm: Spm, response: SConnectAccept) -> None:
    """AC, and action [5]: what is agreed holds from now on."""
    unit, agreement = establishment.accept(response, spm.proposal, spm.max_tsdu_size)
    spm.agree(agreement)
    spm.send(unit)


def send_refuse(spm: Spm, response: SConnectRefuse) -> None:
    """RF, for the user."""
    proposal = spm.proposal
    spm.version, spm.send_limit = proposal.version, proposal.max_tsdu[1]
    spm.send(establishment.refuse_unit(response, proposal))


def send_provider_refuse(spm: Spm, proposal: Proposal) -> None:
    """RF, by the provider."""
    send_refuse(spm, SConnectRefuse(proposal.refusal or RefuseReason.PROVIDER))


def send_tokens_ack(spm: Spm, _: object) -> None:
    """GTA."""
    spm.send(Unit(Spdu.GTA))


def send_provider_abort(spm: Spm, invalid: Invalid) -> None:
    """AB, by the provider, with the beginning of what was wrong."""
    spm.send(provider_abort(invalid.tsdu))


# Outputs to the transport


def connect_transport(spm: Spm, proposal: Proposal) -> None:
    """TCONreq."""
    request = proposal.connect
    spm.proposal = proposal
    spm.identifier = request.identifier
    spm.transport.connect(request.called_t_selector, request.calling_t_selector)


def disconnect_transport(spm: Spm, _: object) -> None:
    """TDISreq."""
    spm.variables.transport_disconnected = True
    spm.transport.disconnect()


# Outputs to the user


def indicate(_: Spm, primitive: SessionPrimitive) -> SessionPrimitive:
    """The indication or confirm that the SPDU at hand carries."""
    return primitive


def indicate_connect(_: Spm, proposal: Proposal) -> SessionPrimitive:
    """SCONind."""
    return proposal.connect


def indicate_overflowed_connect(spm: Spm, _: Overflow) -> SessionPrimitive:
    """SCONind, with the user data that came in several SPDUs."""
    return replace(spm.proposal.connect, user_data=bytes(spm.overflow))


def confirm_connect(spm: Spm, accept: tuple[SConnectAccept, Agreement]) -> SessionPrimitive:
    """SCONcnf+, and action [5]."""
    confirm, agreement = accept
    spm.agree(agreement)
    return confirm


def indicate_provider_refuse(_: Spm, proposal: Proposal) -> SessionPrimitive:
    """SPABind: this side's provider refused a connect."""
    reason = proposal.refusal or RefuseReason.PROVIDER
    words = reason.name.lower().replace("_", " ")
    return SPAbort(f"the session connect is refused: {words} ({reason})", by_peer=False)


def indicate_no_connect(_: Spm, what: object) -> SessionPrimitive:
    """SPABind: an SPDU where only a CONNECT is in place."""
    return SPAbort(f"no session CONNECT but {type(what).__name__}", by_peer=False)


def indicate_invalid(_: Spm, invalid: Invalid) -> SessionPrimitive:
    """SPABind: what the peer sent was wrong."""
    return SPAbort(invalid.text, by_peer=False)


def indicate_lost(_: Spm, event: TDisconnect) -> SessionPrimitive:
    """SPABind: the transport connection is gone."""
    return SPAbort(event.text, event.by_peer, connection_lost=True, layer="transport")


def refuse_for_transport(_: Spm, event: TDisconnect) -> SessionPrimitive:
    """SCONcnf-: there is no transport connection to the called side."""
    return SConnectRefuse(event.reason, text=event.text, layer="transport")


# Specific actions


def note_selectors(spm: Spm, event: TConnect) -> None:
    """Keep the selectors of the transport connection for the S-CONNECT indication."""
    spm.called = event


def a11_given(spm: Spm, primitive: STokenGive | SControlGive) -> None:
    """[11]: tokens that were given are the peer's."""
    spm.variables.owned &= ~_tokens(spm, primitive)


def a11_received(spm: Spm, primitive: STokenGive | SControlGive) -> None:
    """[11]: tokens that came are this side's."""
    spm.variables.owned |= _tokens(spm, primitive)


def _tokens(spm: Spm, primitive: STokenGive | SControlGive) -> Token:
    return spm.variables.available if isinstance(primitive, SControlGive) else primitive.tokens


def a12(spm: Spm, _: object) -> None:
    """[12]: an activity is in progress."""
    spm.variables.in_activity = True


def a14(spm: Spm, _: object) -> None:
    """[14]: an activity has ended; Vact becomes Vnextact, which only an activity's end sets."""
    spm.variables.in_activity = False


def a18(spm: Spm, _: object) -> None:
    """[18]: both sides want to release."""
    spm.variables.collision = True


def a22(spm: Spm, _: object) -> None:
    """[22]: no point waits for its confirmation."""
    spm.variables.lowest_unconfirmed = spm.variables.next_serial_number


def a23(spm: Spm, _: object) -> None:
    """[23]: the peer set a point, and this side confirms it."""
    _set_point(spm, we_confirm=True)


def a24(spm: Spm, _: object) -> None:
    """[24]: this side set a point, and the peer confirms it."""
    _set_point(spm, we_confirm=False)


def _set_point(spm: Spm, *, we_confirm: bool) -> None:
    v = spm.variables
    if v.we_confirm is not we_confirm:
        v.lowest_unconfirmed = v.next_serial_number
        v.we_confirm = we_confirm
    v.next_serial_number += 1


def a25(spm: Spm, primitive: Any) -> None:
    """[25]: a point is confirmed, and those before it."""
    spm.variables.lowest_unconfirmed = primitive.serial_number + 1


def a26(spm: Spm, _: object) -> None:
    """[26]: an activity's points are numbered from 1."""
    _number_from(spm, 1)


def a27(spm: Spm, primitive: Any) -> None:
    """[27]: a resumed activity's points are numbered on from where it stopped."""
    _number_from(spm, primitive.serial_number + 1)


def _number_from(spm: Spm, first: int) -> None:
    spm.variables.next_serial_number = spm.variables.lowest_unconfirmed = first


def a29(spm: Spm, _: object) -> None:
    """[29]: the activity is over, and all tokens are this side's."""
    spm.variables.owned, spm.variables.in_activity = spm.variables.available, False


def a30(spm: Spm, _: object) -> None:
    """[30]: the activity is over, and all tokens are the peer's."""
    spm.variables.owned, spm.variables.in_activity = Token(0), False


def a31(spm: Spm, _: object) -> None:
    """[31]: the peer set the point of an activity's end."""
    v = spm.variables
    if not v.we_confirm:
        v.lowest_unconfirmed = v.next_serial_number
    v.next_serial_number += 1


def a32(spm: Spm, _: object) -> None:
    """[32]: the peer has released, this side has yet to."""
    spm.variables.disconnected = True


def a50(spm: Spm, what: Proposal | Overflow) -> None:
    """[50]: keep user data of a connect until all of it has come. Raises ProtocolError."""
    data = what.connect.user_data if isinstance(what, Proposal) else what.user_data
    if len(spm.overflow) + len(data) > MAX_TSDU_SIZE:
        raise ProtocolError(f"user data of a connect is longer than {MAX_TSDU_SIZE} octets")
    spm.overflow += data
