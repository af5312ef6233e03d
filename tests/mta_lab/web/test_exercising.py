"""The page of an exercise: its files, and that it is served as that of a lab is."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from labkit.addresses import End, parse_address
from mta_lab.exercises.sheet import read_sheet
from mta_lab.web.bundle import text_of
from mta_lab.web.desk import Desk
from mta_lab.web.exercising import serve
from mta_lab.web.safety import HEADERS
from tests.mta_lab.exercises.conftest import _state, made
from tests.mta_lab.web.asking import AS_THE_PAGE
from tests.mta_lab.web.sitting import exercise_client
from tests.patience import PATIENCE

__all__ = ["_state", "made"]  # fixtures

HERE = End(parse_address("127.0.113.94"), 0)


@pytest.fixture
def directory(made: Callable[[str, str, Path], Path], tmp_path: Path) -> Path:
    return made("sizes", "0", tmp_path)


async def test_it_begins_with_the_exercise(directory: Path) -> None:
    async with exercise_client(Desk(directory, read_sheet(directory))) as asking:
        index = await asking.get("")
        module = await asking.get("exercise-app.js")
        model = await asking.get("model.json", params={"capture": "capture.pcapng"})
        other = await asking.get("switches.json")
    assert index.text == text_of("exercise.html")
    assert module.text == text_of("exercise-app.js")
    assert json.loads(model.text)["judged"] is False
    assert other.status_code == 404
    for name, value in HEADERS.items():
        assert index.headers[name] == value


def times(directory: Path) -> dict[str, int]:
    """When each file was written."""
    return {each.name: each.stat().st_mtime_ns for each in directory.iterdir()}


@pytest.mark.parametrize("path", ["answer", "hint", "change"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer other"}, 401),
        ({"Origin": "http://evil.example"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
async def test_nobody_else_answers(
    directory: Path, path: str, headers: dict[str, str], status: int
) -> None:
    before = times(directory)
    async with exercise_client(Desk(directory, read_sheet(directory))) as asking:
        given = {"question": 0, "answer": "1", "before": "", "host": 0, "text": ""}
        answer = await asking.post(path, json=given, headers={**AS_THE_PAGE, **headers})
    assert answer.status_code == status
    assert times(directory) == before


async def test_it_is_served_until_it_is_cancelled(directory: Path) -> None:
    ready = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(directory, read_sheet(directory), HERE, ready.set_result))
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(timeout=PATIENCE) as asking:
        url = await ready
        assert url.startswith("http://127.0.113.94:")
        found = (await asking.get(f"{url}exercise.json")).json()
        assert found["title"] == read_sheet(directory).title
        bare = url.rsplit("/", 2)[0]
        assert (await asking.get(f"{bare}/exercise.json")).status_code == 403
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
        with pytest.raises(httpx.ConnectError):
            await asking.get(url)
