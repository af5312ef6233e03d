"""The story of a run: few lines, in the order of time, with the reason in words."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from firewall_proxy.records import Connection, Outcome
from labkit.records import Record
from mta_emu.mta.log.records import (
    Association,
    ConnectorState,
    Delivered,
    EventLogged,
    Listening,
    Submitted,
    Turn,
)
from mta_lab.backends.loopback import Loopback
from mta_lab.play.story import Story
from mta_lab.topology.reading import load_topology

SEED = Path(__file__).parents[3] / "labs" / "q196381.yaml"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)

REFUSED = Association(
    association=1,
    connector="FIREWALL",
    initiated="remotely",
    local="127.0.100.10:102",
    peer="127.0.113.10:40000",
    state="refused",
    reason="caller's address 127.0.113.10 is not 127.0.100.1, the address on the Stack page",
    place="labs/q196381.yaml:61 stack.address",
)


def event(number: int) -> EventLogged:
    return EventLogged(number, "Warning", "MSExchangeMTA", "X.400 Service", "text")


def delivered(subject: str) -> Delivered:
    return Delivered("[C=US]", "C=US;S=Smith", subject)


Tell = Callable[..., list[str]]


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Tell:
    """What the story of the seed says of records, each (host, second, record), without times."""

    def lines(*said: tuple[str, float, Record], columns: int = 1000) -> list[str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        story = Story(Loopback().place(load_topology(SEED), 10102))
        for host, second, record in said:
            story.hear(host, record.at(NOON + timedelta(seconds=second)))
        story.end()
        told = capsys.readouterr().err.splitlines()
        return told if columns < 1000 else [line.partition("  ")[2] for line in told]

    return lines


def test_a_refusal_has_its_reason_and_the_files_addresses(tell: Tell) -> None:
    assert tell(("INTERNAL", 1, REFUSED)) == [
        "INTERNAL  refuses the call from 203.0.113.10: caller's address 203.0.113.10 is not "
        "198.51.100.1, the address on the Stack page (labs/q196381.yaml:61 stack.address)"
    ]


def test_what_is_alike_at_a_host_is_one_line(tell: Tell) -> None:
    waiting = [ConnectorState("FIREWALL", number, "waiting", 0) for number in (1, 2, 5)]
    told = tell(
        ("EXTERNAL", 1, Submitted("[C=US]")),
        ("EXTERNAL", 1, event(1290)),
        ("INTERNAL", 2, delivered("one")),
        ("EXTERNAL", 3, event(289)),
        ("INTERNAL", 4, delivered("two")),
        *(("EXTERNAL", 5, each) for each in waiting),
        ("EXTERNAL", 6, Turn(1, "FIREWALL", "asked")),
        ("EXTERNAL", 6, Turn(1, "FIREWALL", "given")),
    )
    assert told == [
        "EXTERNAL  logs events 1290, 289",
        "INTERNAL  delivers 2 messages",
        "EXTERNAL  connector FIREWALL waits, with 5 in its queue",
        "EXTERNAL  asks for the turn",
    ]


def test_hosts_are_told_in_the_order_of_time(tell: Tell) -> None:
    told = tell(("EXTERNAL", 2, event(1290)), ("INTERNAL", 1, event(1293)))
    assert told == ["INTERNAL  logs event 1293", "EXTERNAL  logs event 1290"]


def test_the_firewall_says_whom_the_destination_saw(tell: Tell) -> None:
    passed: dict[str, Any] = {"rule": None, "bytes_out": 1, "bytes_in": 1, "seconds": 1.0}
    connection = Connection(
        service="x400-inbound",
        source="127.0.113.10:1",
        destination="127.0.113.1:102",
        onward_source="127.0.113.10:2",
        onward_destination="127.0.100.10:102",
        outcome=Outcome.CLOSED,
        **passed,
    )
    denied = Connection(
        service="x400-inbound",
        source="127.0.113.10:3",
        destination="127.0.113.1:102",
        onward_source=None,
        onward_destination=None,
        outcome=Outcome.DENIED,
        reason="rule no: deny",
        **passed,
    )
    assert tell(("firewall", 1, connection), ("firewall", 2, denied)) == [
        "firewall  x400-inbound passed 203.0.113.10 on to 198.51.100.10, which sees 203.0.113.10",
        "firewall  x400-inbound passes nothing on for 203.0.113.10: denied: rule no: deny",
    ]


def test_a_host_that_is_started_again_is_up_again(tell: Tell) -> None:
    up = Listening("127.0.113.10:102")
    assert tell(("EXTERNAL", 1, up), ("EXTERNAL", 2, up)) == ["EXTERNAL  is up again"]


async def test_what_comes_of_mail_is_shown_with_the_step_after_the_one_that_sent_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """When mail moves on is no matter of the step that sent it: here half of it has by then."""
    story = Story(Loopback().place(load_topology(SEED), 10102))
    send, settle, look, *_ = load_topology(SEED).play
    assert (send.send, settle.awaited) != (None, None)
    await story.before(0, send)
    story.hear("INTERNAL", delivered("one").at(NOON))
    await story.before(1, settle)
    story.hear("INTERNAL", delivered("two").at(NOON))
    await story.before(2, look)
    await story.over()
    told = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in told] == ["1.", "2.", "12:00:00", "3."]
    assert told[2].endswith("INTERNAL  delivers 2 messages")


def test_it_is_short_and_narrow_and_says_what_it_leaves_out(tell: Tell) -> None:
    many = [(host, n, event(n)) for n in range(30) for host in ("EXTERNAL", "INTERNAL")]
    apart = [(host, n, turn) for host, n, _ in many for turn in [Turn(n, "FIREWALL", "asked")]]
    said = [each for pair in zip(many, apart, strict=True) for each in pair]
    told = tell(("INTERNAL", 0, REFUSED), *said, columns=80)
    assert len(told) == 25
    assert max(map(len, told)) <= 80
    assert told[-1].endswith("lines more: --verbose shows every record")
    assert told[:4] == [
        "12:00:00  INTERNAL  refuses the call from 203.0.113.10: caller's address",
        "                    203.0.113.10 is not 198.51.100.1, the address on the Stack",
        "                    page (labs/q196381.yaml:61 stack.address)",
        told[3],
    ]
