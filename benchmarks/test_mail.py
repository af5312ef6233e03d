"""Mail between two MTAs, durable at both and into a mailbox, beside Postfix with one hop.

Postfix gets the mail from `smtp-source` over one session or four, queues and logs it, and passes it
on to `smtp-sink`, which keeps nothing. The two MTAs get it from `mta-emu send`, one client or four,
have one association or four, track each message and keep it in a mailbox. All are measured in turn,
several times; what counts is the ratio in the same round, because other work on the machine
slows down all of them. Without Postfix there is nothing to compare with, and the benchmark fails.
"""

import os
from pathlib import Path
from statistics import median

import pytest

from benchmarks import mtas, postfix
from benchmarks.cost import Cost
from benchmarks.mtas import Way
from benchmarks.table import Table, spaced

ROUNDS, MESSAGES, LENGTH = 3, 1000, 1024
LONG = 100 << 20  # octets of a file
ONWARD = "127.0.100.201"  # the address that the firewall's calls come from


@pytest.mark.parametrize("sessions", [1, 4])
def test_mail(
    tmp_path: Path,
    firewall: tuple[str, int],
    capsys: pytest.CaptureFixture[str],
    table: Table,
    sessions: int,
) -> None:
    ways = {
        "two MTAs": Way(mtas.B, mtas.A),
        "two MTAs, firewall": Way(firewall[0], ONWARD),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in ("Postfix, one hop", *ways)}
    with postfix.running(tmp_path / "postfix"):
        for number in range(ROUNDS):
            costs["Postfix, one hop"].append(postfix.run(MESSAGES, LENGTH, sessions))
            for name, way in ways.items():
                directory = tmp_path / f"{name} {number}"
                costs[name].append(mtas.run(directory, MESSAGES, LENGTH, sessions, way))
    with capsys.disabled():
        print(f"\n{_table(costs, sessions)}")
    if sessions == 1:
        peer, direct, through = (Cost.middle(runs) for runs in costs.values())
        processor = " and ".join(f"{each:.1f}" for each in direct.processor)
        table.add(
            "mail",
            f"{spaced(direct.rate)} a second; {processor} ms of processor time each at the MTAs",
            "Postfix, one hop, from `smtp-source` to `smtp-sink`: "
            f"{spaced(peer.rate)}, ratio {direct.rate / peer.rate:.2f}",
        )
        ratio = f"ratio {through.rate / peer.rate:.2f}"
        table.add("mail, firewall", f"{spaced(through.rate)} a second", ratio)


def test_a_long_message(tmp_path: Path, capsys: pytest.CaptureFixture[str], table: Table) -> None:
    """A file of 100 MB with Exchange's checkpoints, each secured before it is confirmed."""
    way = Way(mtas.B, mtas.A)
    runs = [mtas.run_long(tmp_path / f"long {number}", LONG, way) for number in range(ROUNDS)]
    middle = Cost.middle(runs)
    figure = f"{spaced(middle.rate / 1e6)} MB a second"
    with capsys.disabled():
        processor = "  ".join(f"{each:.0f}" for each in middle.processor)
        print(
            f"\na file of 100 MB: {figure}; ms of CPU at each MTA, with its submission: {processor}"
        )
    table.add("mail, long", figure)


def _table(costs: dict[str, list[Cost]], sessions: int) -> str:
    """The medians, and the ratio to the first of them, as a table for people."""
    first, *_ = costs.values()
    lines = [
        f"messages of {LENGTH} characters, {sessions} at a time; median of {ROUNDS} rounds; "
        f"load of the machine {os.getloadavg()[0]:.1f}",
        f"{'':20}{'a second':>10}{'ratio':>8}   ms of CPU a message, at each MTA",
    ]
    for name, runs in costs.items():
        middle = Cost.middle(runs)
        ratio = median(run.rate / peer.rate for run, peer in zip(runs, first, strict=True))
        processor = "  ".join(f"{each:.2f}" for each in middle.processor)
        lines.append(f"{name:20}{middle.rate:10.0f}{ratio:8.2f}   {processor}")
    return "\n".join(lines)
