"""A lab up, played and down: what is left of it is what was asked for."""

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from pyroute2 import netns, process

from labkit.config import ConfigurationError
from labkit.interrupts import ENDING
from mta_lab.backends.loopback import Loopback
from mta_lab.backends.netns import Netns
from mta_lab.lab.directory import Lab, find, held
from mta_lab.lab.placement import Placement
from mta_lab.lab.processes import processes_of
from mta_lab.play import lifecycle
from mta_lab.play.audience import Audience
from mta_lab.play.process import HostFailedError
from mta_lab.topology.reading import load_topology
from tests.moments import at_moment
from tests.patience import PATIENCE

SEED = Path(__file__).parents[3] / "labs" / "q196381.yaml"


#: The module that makes a namespace, and its first lines: one by one, and then fewer of them.
MAKING, EACH = process.__file__, 12


class Impatient(Audience):
    """Ends the run before anything is played."""

    def begin(self, lab: Lab) -> None:
        raise KeyboardInterrupt


def children() -> set[str]:
    """The processes that this one has started and not awaited."""
    tasks = Path("/proc/self/task").iterdir()
    return {each for task in tasks for each in (task / "children").read_text("ascii").split()}


class Reader(Audience):
    """Does something when the play is over, and knows whether the hosts have ended."""

    ended = False

    def end(self) -> None:
        self.ended = True


@pytest.fixture
def placement() -> Placement:
    return Loopback().place(load_topology(SEED), 10143)


def test_a_run_leaves_its_capture_and_what_is_kept(placement: Placement, tmp_path: Path) -> None:
    directory, keep, capture = (
        tmp_path / "labs" / "x",
        tmp_path / "keep",
        tmp_path / "c" / "x.pcapng",
    )
    keep.mkdir()
    (keep / "earlier").touch()
    reader = Reader()
    result = lifecycle.run(placement, directory, capture, reader, keep=keep)
    assert (result.verdict, result.capture.file) == ("pass", str(capture))
    assert reader.ended
    assert capture.stat().st_size > 1000
    assert not (tmp_path / "labs").exists()
    assert {each.name for each in keep.iterdir()} >= {"lab.json", "EXTERNAL", "INTERNAL"}
    assert not (keep / "earlier").exists()
    assert (keep / "EXTERNAL" / "records.jsonl").stat().st_size
    assert [*processes_of(directory)] == []


def test_up_ends_what_an_earlier_one_left_and_down_leaves_nothing(
    placement: Placement, tmp_path: Path
) -> None:
    directory = tmp_path / "labs" / "x"
    lifecycle.up(placement, directory)
    before = {*processes_of(directory)}
    lab = lifecycle.up(placement, directory, time_scale=7)
    after = {*processes_of(directory)}
    assert len(before) == len(after) == len(lab.topology.host_addresses())
    assert not before & after
    found = find(directory)
    assert found is not None
    assert (found.name, found.scale) == ("x", 7)
    with held(directory), pytest.raises(ConfigurationError, match="another mta-lab is at work"):
        lifecycle.down(lab)
    lifecycle.down(lab)
    assert [*processes_of(directory)] == []
    assert not (tmp_path / "labs").exists()


def test_a_lab_that_comes_up_again_is_where_it_was(tmp_path: Path) -> None:
    """What is left of the earlier one is ended first, and takes no room."""
    topology, directory = load_topology(SEED), tmp_path / "labs" / "x"
    with lifecycle.placed(topology, directory, "loopback", 10143) as first:
        lab = lifecycle.up(first, directory)
    with lifecycle.placed(topology, tmp_path / "labs" / "y", "loopback", 10143) as other:
        assert not {*other.addresses.values()} & {*first.addresses.values()}
    with lifecycle.placed(topology, directory, "loopback", 10143) as again:
        assert [*processes_of(directory)] == []
        assert again.addresses == first.addresses
    lifecycle.down(lab)


def test_an_up_that_fails_leaves_nothing(placement: Placement, tmp_path: Path) -> None:
    """The other lab has the addresses already."""
    lab = lifecycle.up(placement, tmp_path / "one" / "x")
    with pytest.raises(HostFailedError, match="Address already in use"):
        lifecycle.up(placement, tmp_path / "two" / "x")
    assert not (tmp_path / "two").exists()
    assert [*processes_of(tmp_path / "two" / "x")] == []
    lifecycle.down(lab)


def test_a_run_may_have_a_thread_of_its_own(placement: Placement, tmp_path: Path) -> None:
    """As in a worker of a Dask cluster."""
    with ThreadPoolExecutor(1) as threads:
        result = threads.submit(
            lifecycle.run, placement, tmp_path / "x", tmp_path / "x.pcapng", Audience()
        ).result(timeout=PATIENCE)
    assert result.verdict == "pass"


def test_sigterm_ends_a_run_that_ctrl_c_does_not_reach(
    placement: Placement, tmp_path: Path
) -> None:
    """As in the background of a shell script."""

    class Impatient(Audience):
        async def over(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt):
            lifecycle.run(placement, tmp_path / "x", tmp_path / "x.pcapng", Impatient())
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, handler)
    assert not (tmp_path / "x").exists()


def test_sigterm_in_a_run_is_an_interrupt_that_is_cleaned_up_after(
    placement: Placement, tmp_path: Path
) -> None:
    class Impatient(Audience):
        async def over(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        lifecycle.run(placement, tmp_path / "x", tmp_path / "x.pcapng", Impatient())
    assert signal.getsignal(signal.SIGTERM) is handler
    assert [*processes_of(tmp_path / "x")] == []
    assert not (tmp_path / "x").exists()


class Interrupted(Loopback):
    """Builds with an interrupt on the way, as what another process makes for us has."""

    def __init__(self) -> None:
        self.did: list[str] = []

    def build(self, lab: Lab) -> None:
        self.did.append("build")
        signal.raise_signal(signal.SIGTERM)
        self.did.append("built")

    def remove(self, lab: Lab) -> None:
        if self.did:  # before, it is what an earlier one may have left
            signal.raise_signal(signal.SIGTERM)
            self.did.append(f"removed, {len([*processes_of(lab.directory)])} run")


@pytest.mark.parametrize("stays", [False, True], ids=["run", "up"])
def test_an_interrupt_waits_until_all_is_built_and_again_until_all_is_removed(
    stays: bool, placement: Placement, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = Interrupted()
    monkeypatch.setattr(lifecycle, "backend", lambda _: where)
    directory, capture = tmp_path / "labs" / "x", tmp_path / "x.pcapng"
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, *ENDING)]
    begin = (
        lifecycle.up if stays else partial(lifecycle.observe, capture=capture, audience=Audience())
    )
    with pytest.raises(KeyboardInterrupt):
        begin(placement, directory)
    assert where.did == ["build", "built", "removed, 0 run"]
    assert not directory.parent.exists()
    assert handlers == [signal.getsignal(number) for number in (signal.SIGINT, *ENDING)]


def test_an_interrupt_at_any_step_of_building_namespaces_leaves_nothing(
    lab_name: Callable[[str], str], needs_netns: Callable[[], None], tmp_path: Path
) -> None:
    """At each line with which the netlink library has another process make one."""
    needs_netns()
    name, before = lab_name("interrupted"), children()
    placement = Netns().place(load_topology(SEED))
    moment = 0
    while True:
        moment = moment + 1 if moment < EACH else moment * 2
        interrupt = partial(signal.raise_signal, signal.SIGTERM)
        with suppress(KeyboardInterrupt), at_moment(moment, interrupt, {MAKING}) as moments:
            lifecycle.run(placement, tmp_path / name, tmp_path / "x.pcapng", Impatient())
        assert not [each for each in netns.listnetns() if name in each]
        assert not (tmp_path / name).exists()
        assert children() <= before  # nothing is being made any more
        if not moments.happened:
            break
    assert moment > EACH
