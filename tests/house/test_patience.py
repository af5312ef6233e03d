"""No test depends on how fast the machine is: see tests/patience.py."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
#: What takes a number of seconds to wait at most, by the place of the argument or by its name.
WAITS = {"timeout": 0, "wait_for": 1, "settimeout": 0, "communicate": 1, "wait": 0}
CLOCKS = {"monotonic", "perf_counter", "time", "now"}
BRIEF = 1.0  # seconds; what is shorter waits for nothing to happen
MEANT = "not PATIENCE"


def too_short(call: ast.Call) -> bool:
    """Whether a call waits for so many seconds, and no longer."""
    if not isinstance(call.func, ast.Attribute | ast.Name):
        return False
    name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id
    at = WAITS.get(name)
    places = call.args[at : at + 1] if at is not None else []
    seconds = [*places, *(each.value for each in call.keywords if each.arg == "timeout")]
    return any(
        isinstance(each, ast.Constant)
        and isinstance(each.value, int | float)
        and each.value >= BRIEF
        for each in seconds
    )


def measured(compare: ast.Compare) -> bool:
    """Whether a time on the wall must be less than a number."""
    if not any(isinstance(each, ast.Lt | ast.LtE) for each in compare.ops):
        return False
    read = [
        each
        for side in (compare.left, *compare.comparators)
        for each in ast.walk(side)
        if isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr in CLOCKS
    ]
    numbers = [each for each in compare.comparators if isinstance(each, ast.Constant)]
    return bool(read and numbers)


def found(text: str) -> Iterator[int]:
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        guilty = (isinstance(node, ast.Call) and too_short(node)) or (
            isinstance(node, ast.Compare) and measured(node)
        )
        if guilty and MEANT not in lines[node.lineno - 1]:  # type: ignore[attr-defined]
            yield node.lineno  # type: ignore[attr-defined]


def test_what_must_come_is_awaited_with_patience() -> None:
    lines = [
        f"{file}:{line}"
        for file in sorted(TESTS.rglob("*.py"))
        for line in found(file.read_text("utf-8"))
    ]
    assert lines == [], "use tests/patience.py, or say why the time is `not PATIENCE`"


@pytest.mark.parametrize(
    "line",
    [
        "async with asyncio.timeout(10): pass",
        "await asyncio.wait_for(ready, 5)",
        "process.wait(20)",
        "process.communicate(timeout=20)",
        "client.settimeout(5)",
        "subprocess.run(command, timeout=30)",
        "assert time.monotonic() - begun < 2",
        "assert (datetime.now(UTC) - before).total_seconds() < 5",
        "assert 0.4 <= time.perf_counter() - begun < 0.75",
    ],
)
def test_the_rule_finds_them(line: str) -> None:
    text = f"async def test() -> None:\n    {line}\n"
    assert [*found(text)] == [2]
    assert [*found(text.replace("{line}", line).rstrip() + "  # not PATIENCE: so\n")] == []


@pytest.mark.parametrize(
    "line",
    [
        "async with asyncio.timeout(PATIENCE): pass",
        "async with asyncio.timeout(0.2): pass",
        "assert time.monotonic() - begun >= 5",
        "assert time.monotonic() < deadline",
        "assert time.process_time() - begun < 1",
    ],
)
def test_the_rule_leaves_others(line: str) -> None:
    assert [*found(f"async def test() -> None:\n    {line}\n")] == []
