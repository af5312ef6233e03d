"""Both processes are killed at any place of a transfer: their next ones go on with it."""

import json

import pytest

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.association import ActivityName, Incoming, Outgoing, RtAssociation
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.external import ExternalReader, external
from mta_emu.osi.rtse.keeping import from_values, to_values
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Mode,
    Octets,
    RtPrimitive,
    RtRecover,
)
from mta_emu.osi.rtse.x410_mode import Unwrapped
from mta_emu.osi.selectors import Selectors
from tests.mta_emu.osi.rtse.conftest import ACTIVITY, IDENTIFIER, LATER
from tests.mta_emu.osi.rtse.test_recovery import LONG, Pair, User, apdu

NAME = ActivityName(IDENTIFIER, ACTIVITY)


def again(association: RtAssociation, user: User) -> RtAssociation:
    """The association in another process, which has only what JSON kept."""
    kept = json.loads(json.dumps(to_values(association, len(user.partial))))
    found = from_values(kept, Octets(user.outbox[0]) if user.outbox else None)
    user.sending = found.outgoing is not None
    return found


class Killed(Pair):
    """Two users whose processes are killed where the connection is cut."""

    def _begin(self, one: RtseConnection, association: RtAssociation | None) -> None:
        super()._begin(one, association and again(association, self.calling))

    def _hear(self, connection: RtseConnection, indication: RtPrimitive, by_called: bool) -> None:
        match indication:
            case RtRecover(old_identifier=old) if old in self.kept:
                self.kept[old] = again(self.kept[old], self.called)
        super()._hear(connection, indication, by_called)


@pytest.mark.parametrize("from_called", [False, True])
@pytest.mark.parametrize("window_size", [1, 3])
def test_killed_at_every_tpdu(mode: Mode, from_called: bool, window_size: int) -> None:
    def pair() -> Pair:
        made = Killed(mode, window_size=window_size)
        (made.called if from_called else made.calling).outbox = [LONG, apdu(8, 10)]
        return made

    whole = pair()
    whole.run(())
    resumed = []
    for cut in range(whole.delivered + 1):
        killed = pair()
        killed.run([cut])
        receiver = killed.calling if from_called else killed.called
        # twice when the word that it was complete is lost: who keeps it knows what it has
        assert set(receiver.inbox) == {LONG, apdu(8, 10)}, cut
        resumed += receiver.resumed
    assert len(set(resumed)) > 3  # at many places


def test_what_was_confirmed_is_not_sent_again(mode: Mode) -> None:
    long = apdu(1, 60_000)  # 58 checkpoints
    whole, killed = Pair(mode), Killed(mode)
    whole.calling.outbox, killed.calling.outbox = [long], [long]
    whole.run(())
    killed.run([whole.delivered // 2])
    assert killed.called.inbox == [long]
    (resumed,) = killed.called.resumed
    assert 25_000 < resumed < 35_000
    assert killed.octets < whole.octets + 4 * 1100 + 600


def an_association(mode: Mode = Mode.NORMAL_1988) -> RtAssociation:
    return RtAssociation(
        mode,
        Selectors(b"p", b"s", b"t"),
        Selectors(b"", b"", b"\xff"),
        DialogueMode.TWO_WAY_ALTERNATE,
        checkpoint_size=1,
        window_size=3,
        identifier=IDENTIFIER,
        has_turn=True,
        activities=2,
    )


def test_an_association_is_kept_with_all_that_names_it() -> None:
    association = an_association()
    assert from_values(to_values(association, 0), None) == association


def test_a_transfer_without_a_confirmed_checkpoint_begins_again() -> None:
    association = an_association()
    association.outgoing = Outgoing(Octets(LONG), 1024, 3)
    assert to_values(association, 0)["outgoing"] is None


def test_what_is_sent_goes_on_behind_the_confirmed_checkpoint() -> None:
    association = an_association()
    going = association.outgoing = Outgoing(external(5, Octets(LONG)), 1024, 3)
    going.names = [NAME, ActivityName(LATER, ACTIVITY)]
    sent = going.next_piece()
    going.checkpoint_set(1)
    going.next_piece()
    going.checkpoint_confirmed(1)
    found = from_values(to_values(association, 0), Octets(LONG)).outgoing
    assert found
    assert (found.offset, found.confirmed) == (len(sent.octets), (1, 1024))
    assert found.names == [ActivityName(LATER, ACTIVITY)]
    assert found.source == going.source


def test_what_came_behind_the_last_checkpoint_is_kept_too() -> None:
    """But not what RTSE has and its user does not: that comes again."""
    association = an_association()
    coming = association.incoming = Incoming(ExternalReader(), NAME, 3)
    source = external(5, Octets(LONG))
    coming.feed(source.read(0, 1024))
    coming.checkpoint(1)
    coming.feed(source.read(1024, 1000))
    coming.checkpoint(2)
    received = 1024 + 900 - len(source.header)
    found = from_values(to_values(association, received), None).incoming
    assert found
    assert found.kept == 1924
    assert (found.can_resume(1), found.can_resume(2)) == (True, False)
    found.resume(1, ActivityName(LATER, ACTIVITY))
    assert found.feed(source.read(1024, 1000)) == source.read(1924, 100)


def test_a_form_whose_octets_are_not_the_apdus_own_is_not_kept() -> None:
    """Where lengths are indefinite, the last octets that came may be the marks of the end."""
    association = an_association()
    coming = association.incoming = Incoming(ExternalReader(), NAME, 3)
    coming.feed(bytes.fromhex("2880 020105 a080") + LONG[:1000])
    coming.feed(LONG[1000:2000])
    assert to_values(association, 1996)["incoming"] is None


def test_what_is_complete_is_not_kept() -> None:
    association = an_association(Mode.X410_1988)
    coming = association.incoming = Incoming(Unwrapped(), NAME, 3)
    coming.feed(LONG)
    coming.complete = True
    assert to_values(association, len(LONG))["incoming"] is None


def test_values_that_are_no_apdus_are_refused() -> None:
    association = an_association()
    association.incoming = Incoming(ExternalReader(), NAME, 3)
    association.incoming.feed(external(5, Octets(LONG)).read(0, 1000))
    values = to_values(association, 900)
    values["incoming"]["wrapping"] += "00"
    with pytest.raises(ProtocolError):
        from_values(values, None)
