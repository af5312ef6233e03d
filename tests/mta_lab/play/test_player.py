"""The steps of a play on real hosts, and what is taken down of them."""

from collections.abc import Callable

import pytest

from labkit.config import ConfigurationError
from mta_emu.mta.log.records import Listening
from mta_lab.backends.loopback import Loopback
from mta_lab.lab.configuration import configure
from mta_lab.lab.directory import Lab
from mta_lab.lab.records import of_kind
from mta_lab.play.audience import Audience
from mta_lab.play.hosts import Hosts
from mta_lab.play.player import Player
from mta_lab.topology.play import PlayStep
from mta_lab.topology.programs import Program
from tests.patience import PATIENCE

JONES, SMITH = "C=US;A= ;P=Contoso;O=Outside;S=Jones", "C=US;A= ;P=Contoso;O=Inside;S=Smith"
SEND = {"send": {"at": "EXTERNAL", "from": JONES, "to": SMITH, "count": 2}}
SETTLED = {"await": "settled"}

Playing = Callable[..., Lab]


class Reader(Audience):
    """Takes down the steps it sees."""

    def __init__(self) -> None:
        self.saw: list[str] = []

    async def before(self, number: int, step: PlayStep) -> None:
        self.saw.append(f"{number} {next(iter(step.model_fields_set))}")

    async def over(self) -> None:
        self.saw.append("over")


class Play:
    """A play on a lab, and what came of it."""

    def __init__(self, lab: Lab) -> None:
        self.hosts = Hosts(lab, Loopback(), PATIENCE)
        self.reader = Reader()
        self.player = Player(lab, self.hosts, self.reader)

    async def whole(self) -> list[tuple[str, object, object]]:
        """Play it; the differences."""
        try:
            await self.player.play(tapped=False)
        finally:
            await self.player.stop()
        return [(each.where, each.expected, each.observed) for each in self.player.differences]


async def test_mail_is_sent_and_queues_are_looked_at_once_nothing_moves(playing: Playing) -> None:
    """The seed's: mail from outside waits. A queue that is not as expected ends nothing."""
    queued = {"queued": {"EXTERNAL": 2, "INTERNAL": 7}}
    play = Play(playing(SEND, SETTLED, queued, {"restart": "INTERNAL"}))
    assert await play.whole() == [("play.2.queued.INTERNAL", 7, 0)]
    assert play.reader.saw == ["0 send", "1 awaited", "2 queued", "3 restart", "over"]
    (sent,) = play.player.sent_mail
    assert (sent.at, sent.to, len(set(sent.mts_identifiers))) == ("EXTERNAL", "INTERNAL", 2)
    assert len(of_kind(Listening, play.hosts.records["INTERNAL"])) == 2


async def test_an_event_is_waited_for_and_a_setting_changed(playing: Playing) -> None:
    setting = {"set": {"EXTERNAL.connectors.FIREWALL.schedule.activation": "never"}}
    event = {"await": {"event": 1293, "at": "INTERNAL"}}
    play = Play(playing(setting, SEND, {"set": {**setting["set"], **always()}}, event))
    assert await play.whole() == []
    assert play.reader.saw[-1] == "over"


async def test_lab_time_is_waited_for(playing: Playing) -> None:
    play = Play(playing({"await": {"seconds": 2}}))
    clock = play.player._lab.clock
    began = clock.now()
    assert await play.whole() == []
    assert (clock.now() - began).total_seconds() >= 2


async def test_the_end_of_a_program_is_waited_for(playing: Playing) -> None:
    lab = playing({"await": {"ended": "OPERATOR"}})
    operator = Program(address="127.0.113.70", command=["sh", "-c", "echo found the controller"])
    changed = lab.topology.model_copy(update={"programs": {"OPERATOR": operator}})
    placement = lab.placement.model_copy(update={"topology": changed})
    lab = lab.model_copy(update={"placement": placement})
    configure(lab)
    assert await Play(lab).whole() == []
    assert lab.files("OPERATOR").output.read_text() == "found the controller\n"


def always() -> dict[str, str]:
    return {"EXTERNAL.connectors.FIREWALL.schedule.activation": "always"}


async def test_a_step_that_fails_ends_the_play(
    playing: Playing, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = Play(playing({"await": {"delivered": 1, "at": "INTERNAL"}}, SEND))
    seen: list[int] = []

    async def lose_patience(number: int, _: PlayStep) -> None:
        seen.append(number)
        play.hosts._timeout = 0.5

    monkeypatch.setattr(play.reader, "before", lose_patience)
    (difference,) = await play.whole()
    assert difference == (
        "play.0",
        "a step that succeeds",
        "after 0.5 s: INTERNAL has not delivered 1 messages",
    )
    assert seen == [0]


async def test_a_host_that_refuses_its_configuration_is_the_files_fault(lab: Lab) -> None:
    lab.files("INTERNAL").configuration.write_text("server: 1\n", "utf-8")
    with pytest.raises(ConfigurationError, match="INTERNAL: ended with status 2"):
        await Play(lab).whole()


async def test_a_host_that_dies_is_a_difference(
    playing: Playing, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = Play(playing({"await": {"delivered": 1, "at": "INTERNAL"}}))

    async def kill(_: int, __: PlayStep) -> None:
        await play.hosts._running["INTERNAL"].stop()

    monkeypatch.setattr(play.reader, "before", kill)
    assert await play.whole() == [
        ("play.0", "hosts that run", "INTERNAL: ended with status 0: no error text")
    ]
