"""Repairs are played, and side effects are found."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.config import ConfigurationError
from mta_lab.exercises.course import COURSE
from mta_lab.exercises.marking import by_digest, mark
from mta_lab.exercises.repair import judge, read_hosts, repaired, write_host
from mta_lab.exercises.sheet import read_sheet
from mta_lab.play.process import HostFailedError, NotInTimeError
from mta_lab.topology.files import Topology
from tests.mta_lab.exercises.course.test_mail_waits import cause, repair
from tests.mta_lab.exercises.solving import Given

Made = Callable[[str, str, Path], Path]


def test_a_side_effect_costs_a_point(made: Made, tmp_path: Path) -> None:
    given = Given(made("mail-waits", "0", tmp_path))
    repair(given, cause(given))

    def inside_calls_no_more(document: Any) -> None:
        document["connectors"][0]["schedule"]["activation"] = "remote-initiated"

    given.change(given.mta("inside"), inside_calls_no_more)
    sheet = read_sheet(given.directory)
    done = judge(given.directory, sheet)
    assert done.right
    assert len(done.side_effects) == 1
    assert f"from {given.mta('inside')} to {given.mta('outside')}" in done.side_effects[0]
    marked = mark(given.directory, sheet, sheet.items[-1], "done", 0, by_digest)
    assert marked.points == marked.of - 1


def test_mail_that_stays_at_its_sender_is_not_delivered(made: Made, tmp_path: Path) -> None:
    """The MTA outside gets the mailbox of the one inside, and keeps the mail."""
    given = Given(made("mail-waits", "0", tmp_path))
    [mailbox] = given.configuration(given.mta("inside"))["server"]["mailboxes"]

    def keep(document: Any) -> None:
        document["server"]["mailboxes"].append(mailbox)

    given.change(given.mta("outside"), keep)
    done = judge(given.directory, read_sheet(given.directory))
    assert not done.right
    ends = f"from {given.mta('outside')} to {given.mta('inside')}"
    assert done.feedback == f"played: no mail goes {ends}"


def test_what_the_learner_may_not_change_stays(made: Made, tmp_path: Path) -> None:
    given = Given(made("mail-waits", "0", tmp_path))
    sheet = read_sheet(given.directory)
    assert sheet.topology
    assert [*repaired(given.directory, sheet).mtas] == [*sheet.topology["mtas"]]
    given.file("WALL").write_text("services: []\n", "utf-8")
    with pytest.raises(ConfigurationError, match=r"WALL.yaml.*interfaces"):
        repaired(given.directory, sheet)
    assert "interfaces" in judge(given.directory, sheet).feedback


def test_a_host_file_is_written_in_the_place_of_the_one_that_was_read(
    made: Made, tmp_path: Path
) -> None:
    given = Given(made("mail-waits", "0", tmp_path))
    sheet = read_sheet(given.directory)
    texts = read_hosts(given.directory, sheet)
    assert texts == tuple(given.file(host).read_text("utf-8") for host in sheet.given)
    write_host(given.directory, "WALL", "one", texts[sheet.given.index("WALL")])
    with pytest.raises(ConfigurationError, match=r"WALL.yaml: it has changed meanwhile"):
        write_host(given.directory, "WALL", "two", texts[sheet.given.index("WALL")])
    assert given.file("WALL").read_text("utf-8") == "one"
    with pytest.raises(ConfigurationError, match="not in"):
        write_host(given.directory, "../../escaped", "", "")


def test_what_cannot_be_played_is_wrong(made: Made, tmp_path: Path) -> None:
    given = Given(made("mail-waits", "0", tmp_path))

    def past_the_firewall(document: Any) -> None:
        document["connectors"][0]["stack"]["address"] = given.address("outside")

    given.change(given.mta("inside"), past_the_firewall)
    done = judge(given.directory, read_sheet(given.directory))
    assert not done.right
    assert "it cannot be played" in done.feedback


@pytest.mark.parametrize("error", [HostFailedError("AJAX", "ended"), NotInTimeError("no mail")])
def test_a_host_that_fails_is_no_repair(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(_: Topology) -> None:
        raise error

    monkeypatch.setattr("mta_lab.exercises.repair.play", fails)
    directory = made("mail-waits", "0", tmp_path)
    done = judge(directory, read_sheet(directory))
    assert (done.right, done.feedback) == (False, f"it cannot be played: {error}")


@pytest.mark.parametrize(
    "name", [each.name for each in COURSE if each.scenario("0").repair], ids=lambda name: name
)
def test_nothing_repaired_is_wrong_in_each_exercise(made: Made, name: str, tmp_path: Path) -> None:
    directory = made(name, "1", tmp_path)
    done = judge(directory, read_sheet(directory))
    assert not done.right
    assert "played: mail from" in done.feedback
