"""`mta-lab prove --random`: predictions of topologies that nobody made up, and packets."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import typer

from labkit.output import say, say_json, say_lines
from labkit.spread import cores, spread
from mta_lab.commands import EXIT_FAILED
from mta_lab.rehearsal.randomlabs.trials import Trial, Tried, draw, smallest, try_one

# ruff: noqa: PLC0415 - the tables' library is slow to load


def prove_random(
    count: int, number: int, *, jobs: int | None, dask: str, write: Path | None, as_json: bool
) -> None:
    """Prove `count` topologies of the seed `number`; show, or write, the smallest that differs.

    Raises typer.Exit with status 1 when one differs.
    """
    from labkit.console import counted

    texts = draw(count, number)
    trials = [Trial(text, f"random-{number}.{index}") for index, text in enumerate(texts)]
    work = spread(try_one, trials, jobs or cores(), dask)
    tried = [*counted("playing", work, len(trials))]
    differ = [index for index, each in enumerate(tried) if not each.agrees]
    if not as_json:
        _say_summary(tried, number)
    small = _made_small(texts, tried, count, number) if differ else None
    if small and write:
        write.write_text(small, "utf-8")
    if as_json:
        say_json(_as_object(tried, number, differ, small))
    elif small:
        _show(tried[differ[0]], small, number, write)
    if differ:
        raise typer.Exit(EXIT_FAILED)


def _made_small(texts: Sequence[str], tried: Sequence[Tried], count: int, number: int) -> str:
    """The smallest topology that differs; the first as it was drawn when it differs no more."""
    pairs = [*zip(texts, tried, strict=True)]
    first = next(text for text, each in pairs if not each.agrees)
    agree = {text for text, each in pairs if each.agrees}
    lab = f"random-{number}.small"
    found = smallest(count, number, agree, lambda text: not try_one(Trial(text, lab)).agrees)
    return found or first  # the same may have been drawn twice, and have agreed once


def _flows(tried: Sequence[Tried]) -> Counter[str]:
    """How many flows were predicted to end in which way."""
    return Counter(str(flow.predicted) for each in tried if each.proof for flow in each.proof.flows)


def _say_summary(tried: Sequence[Tried], number: int) -> None:
    flows, differ = _flows(tried), sum(not each.agrees for each in tried)
    words = ", ".join(f"{many} {word}" for word, many in flows.most_common())
    say(f"seed {number}: {len(tried)} topologies, {flows.total()} flows: {words}")
    say(f"{len(tried) - differ} agree with the prediction, {differ} differ")


def _show(first: Tried, small: str, number: int, write: Path | None) -> None:
    """Show how the smallest differs, and the topology itself unless it was written to a file."""
    again = try_one(Trial(small, f"random-{number}.small"))
    if again.agrees:
        say("the difference did not come again; this is how it was seen:")
        again = first
    if again.proof is None:
        say_lines(again.broke)
    else:
        from labkit.console import display
        from mta_lab.rehearsal.proof.table import tables

        display(*tables(again.proof.differing()))
    if write:
        say(f"the smallest topology that differs is in {write}")
    else:
        say("the smallest topology that differs:")
        say_lines(small)


def _as_object(
    tried: Sequence[Tried], number: int, differ: list[int], small: str | None
) -> dict[str, object]:
    """What JSON has: the numbers of the topologies that differ begin with 0."""
    return {
        "seed": number,
        "topologies": len(tried),
        "flows": dict(_flows(tried)),
        "differ": differ,
        "smallest": small,
    }
