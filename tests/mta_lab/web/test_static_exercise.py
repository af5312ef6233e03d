"""An exercise on its page, in a browser: from the first question to the last."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from mta_lab.exercises.answers import FILE, hints_taken, read_answers
from mta_lab.exercises.sheet import read_sheet
from tests.mta_lab.exercises.course import (
    test_layers_above,
    test_mail_waits,
    test_turns,
    test_whose_address,
)
from tests.mta_lab.exercises.solving import Given
from tests.mta_lab.web.browser import chromium, everybody_can_use, opened
from tests.mta_lab.web.exercised import checked, exercise_web, new
from tests.mta_lab.web.hostile import HOSTILE
from tests.patience import PATIENCE

PACKETS = "Packets, in order"
PLAYED = PATIENCE * 1000  # milliseconds: each step of a play has a minute of its own
Solve = Callable[[Given], dict[str, object]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTA_LAB_STATE", str(tmp_path / "state"))


def points(page: Page, text: str) -> None:
    expect(page.locator("#points")).to_have_text(f"{text} points so far")


def question(page: Page, name: str) -> Locator:
    """Turn to a question."""
    page.get_by_role("button", name=re.compile(rf"^Question \d+, {name}: ")).click()
    shown = page.locator(".question")
    expect(shown.locator("h3")).to_contain_text(f". {name} (")
    return shown


def says(shown: Locator, text: str, timeout: float | None = None) -> None:
    expect(shown.locator(".feedback")).to_contain_text(text, timeout=timeout)


def give(shown: Locator, answer: object) -> None:
    """Answer the question that is shown, by the field that it has."""
    if shown.get_by_role("radio").count():
        shown.get_by_role("radio", name=re.compile(rf"(^|: ){re.escape(str(answer))}$")).check()
    elif isinstance(answer, list):
        for place, part in enumerate(answer):
            line = shown.locator("li", has_text=part)
            row = shown.locator(".order li")
            while not row.nth(place).locator("span").inner_text().endswith(f": {part}"):
                line.get_by_role("button", name="Up").click()
    else:
        shown.get_by_role("textbox").fill(str(answer))
    shown.get_by_role("button", name="Answer").click()


def files(given: Given, hosts: Iterable[str]) -> dict[str, str]:
    return {host: given.file(host).read_text("utf-8") for host in hosts}


def test_from_the_first_question_to_the_last(browser: Browser, tmp_path: Path) -> None:
    """Right, wrong and hinted answers, and a repair that is written and played from the page."""
    given = new("mail-waits", "2", tmp_path / "mine")
    sheet = read_sheet(given.directory)
    broken = files(given, sheet.given)
    right = test_mail_waits.solve(given)
    repaired = files(given, sheet.given)
    for host, text in broken.items():  # which the solver has repaired
        given.file(host).write_text(text, "utf-8")
    with exercise_web(given.directory) as url:
        page = opened(browser, url)
        points(page, "0 of 13")
        expect(page.locator(".story").first).to_contain_text(given.mta("inside"))
        shown = page.locator(".question")
        expect(shown.locator("h3")).to_have_text("1. refusal (2 points)")
        page.get_by_role("listbox", name=PACKETS).press("Home")
        page.get_by_role("listbox", name=PACKETS).press("ArrowDown")
        shown.get_by_role("button", name="Take frame 1").click()
        shown.get_by_role("button", name="Answer").click()
        says(shown, "wrong; look at frame")
        look = sheet.items[0].look
        shown.get_by_role("button", name=f"Show frame {look}").click()
        chosen = page.locator("#ladder [aria-selected=true] .stamp b")
        expect(chosen).to_have_text(str(look))
        shown.get_by_role("button", name="Take a hint").click()
        expect(shown.locator(".hints li")).to_have_text(sheet.items[0].hints[0])
        expect(shown.get_by_role("button", name="Take a hint")).to_be_hidden()
        give(shown, "one")
        says(shown, "write the number of a frame")
        give(shown, right["refusal"])
        says(shown, "right (1 of 2 points)")
        expect(shown.get_by_role("textbox")).not_to_be_editable()
        points(page, "1 of 13")
        page.get_by_role("button", name="Next question").click()
        expect(shown.locator("h3")).to_be_focused()
        give(shown, right["layer"])
        says(shown, "right (2 of 2 points)")
        shown = question(page, "event")
        give(shown, right["event"])
        says(shown, "right")
        shown = question(page, "cause")
        give(shown, right["cause"])
        says(shown, "right (3 of 3 points)")
        everybody_can_use(page)
        shown = question(page, "repair")
        shown.get_by_role("button", name="Play it").click()
        expect(shown.get_by_role("progressbar")).to_be_visible()
        says(shown, "It is being played: the packets decide.")
        says(shown, "played: mail from", PLAYED)
        points(page, "8 of 13")
        for host, text in repaired.items():
            area = shown.get_by_label(f"Configuration of {host}")
            if not area.is_visible():
                shown.locator("summary", has_text=f"hosts/{host}.yaml").click()
            area.fill(text)
        everybody_can_use(page)
        shown.get_by_role("button", name="Play it").click()
        says(shown, "played: the mail is as it should be (4 of 4 points)", PLAYED)
        expect(page.locator(".done")).to_have_text("All answers are right: 12 of 13 points.")
        everybody_can_use(page)
        assert page.said == []
        page.context.close()
    assert read_answers(given.directory, sheet)["refusal"] == right["refusal"]
    assert hints_taken(given.directory) == {"refusal": 1}
    assert checked(given) == (12, 13)


@pytest.mark.parametrize(
    ("name", "solve"),
    [
        ("whose-address", test_whose_address.solve),
        ("turns", test_turns.solve),
        ("layers-above", test_layers_above.solve),
    ],
)
def test_each_kind_of_question_has_its_field(
    browser: Browser, tmp_path: Path, name: str, solve: Solve
) -> None:
    given = new(name, "1", tmp_path / "mine")
    with exercise_web(given.directory) as url:
        page = opened(browser, url)
        for question_name, answer in solve(given).items():
            shown = question(page, question_name)
            give(shown, answer)
            says(shown, "right (")
        everybody_can_use(page)
        assert page.said == []
        page.context.close()
    got, of = checked(given)
    assert got == of


def test_each_capture_has_its_ladder_and_its_frames(browser: Browser, tmp_path: Path) -> None:
    given = new("whose-address", "1", tmp_path / "mine")
    with exercise_web(given.directory) as url:
        page = opened(browser, url)
        packets = page.get_by_role("listbox", name=PACKETS)
        expect(page.get_by_label("Capture")).to_have_value("capture-outside.pcapng")
        outside = page.locator(".head-of b").all_inner_texts()
        shown = question(page, "call_inside")
        expect(shown.get_by_role("button", name="Take frame")).to_be_hidden()
        page.get_by_label("Capture").select_option("capture-inside.pcapng")
        expect(shown.get_by_role("button", name="Take frame 1")).to_be_visible()
        assert page.locator(".head-of b").all_inner_texts() != outside
        packets.press("End")
        frame = page.locator("#ladder [aria-selected=true] .stamp b").inner_text()
        expect(shown.get_by_role("button", name=f"Take frame {frame}")).to_be_visible()
        expect(page.locator("#ladder .badge")).to_have_count(0)
        packets.press("Home")
        expect(page.locator("#detail")).to_contain_text("Association")
        expect(page.locator("#detail").get_by_role("button", name="Copy")).to_have_count(0)
        page.context.close()


def test_two_tabs_and_an_editor_lose_nothing(browser: Browser, tmp_path: Path) -> None:
    given = new("mail-waits", "0", tmp_path / "mine")
    sheet, file = read_sheet(given.directory), given.directory / FILE
    with exercise_web(given.directory) as url:
        one, other = opened(browser, url), opened(browser, url)
        first, second = one.locator(".question"), question(other, "event")
        give(first, 3)
        says(first, "wrong")
        give(second, "51 at NOBODY")
        says(second, "wrong")
        assert read_answers(given.directory, sheet) == {"refusal": "3", "event": "51 at NOBODY"}
        second = question(other, "refusal")
        expect(second.get_by_role("textbox")).to_have_value("3")
        second.get_by_role("textbox").fill("4")  # and does not answer
        text = file.read_text("utf-8").replace("refusal: '3'", "refusal: 5  # by hand")
        file.write_text(text, "utf-8")
        expect(first.get_by_role("textbox")).to_have_value("5")
        expect(second.get_by_role("textbox")).to_have_value("4")
        expect(second).to_contain_text("answers.yaml has: 5")
        file.write_text("refusal: [\n", "utf-8")
        expect(one.locator("#about")).to_contain_text("not YAML")
        give(first, 6)
        says(first, "Not taken: ")
        file.write_text(text, "utf-8")
        expect(one.locator("#about")).to_have_text("")
        give(first, 6)
        expect(second).to_contain_text("answers.yaml has: 6")
        assert "# by hand" in file.read_text("utf-8")
        first.get_by_role("button", name="Take a hint").click()
        expect(second.locator(".hints li")).to_have_count(1)
        editing = question(one, "repair")
        host = sheet.given[0]
        area = editing.get_by_label(f"Configuration of {host}")
        area.press("End")
        area.press("#")
        given.file(host).write_text("other: true\n", "utf-8")
        expect(editing).to_contain_text("The file on the disk is another one by now")
        editing.get_by_role("button", name="Play it").click()
        says(editing, "it has changed meanwhile")
        editing.get_by_role("button", name="Take the file").click()
        expect(area).to_have_value("other: true\n")
        assert [each for each in one.said + other.said if "422" not in each] == []
        one.context.close()
        other.context.close()


def test_whatever_is_in_the_directory_is_shown_as_text(browser: Browser, tmp_path: Path) -> None:
    given = new("mail-waits", "0", tmp_path / "mine")
    story, sheet = given.directory / "exercise.md", given.directory / "questions.json"
    story.write_text(f"# {HOSTILE}\n\n{HOSTILE}\n\n## {HOSTILE}\n\n- {HOSTILE}\n", "utf-8")
    document = json.loads(sheet.read_text("utf-8"))
    document["title"] = HOSTILE
    for item in document["items"]:
        item |= {"text": HOSTILE, "choices": [HOSTILE], "hints": [HOSTILE]}
    document["items"][0]["name"] = HOSTILE
    sheet.write_text(json.dumps(document), "utf-8")
    answers = {HOSTILE: HOSTILE, "cause": HOSTILE, "event": HOSTILE, "layer": HOSTILE}
    given.answer(answers)
    given.file("WALL").write_text(HOSTILE, "utf-8")
    with exercise_web(given.directory) as url:
        page = opened(browser, url)
        expect(page.locator("h1")).to_have_text(HOSTILE)
        shown = page.locator(".question")
        expect(shown.locator("h3")).to_contain_text(HOSTILE)
        expect(shown.locator(".asked")).to_have_text(HOSTILE.replace("`", ""))
        expect(shown.get_by_role("textbox")).to_have_value(HOSTILE)
        shown.get_by_role("button", name="Take a hint").click()
        expect(shown.locator(".hints li")).to_have_text(HOSTILE.replace("`", ""))
        shown = question(page, "cause")
        expect(shown.locator("label")).to_contain_text(HOSTILE)
        shown = question(page, "repair")
        shown.locator("summary", has_text="WALL").click()
        expect(shown.get_by_label("Configuration of WALL")).to_have_value(HOSTILE)
        for summary in page.locator(".story summary").all()[1:]:
            summary.click()
        expect(page.locator(".story").last).to_contain_text("window.hacked=1")
        for markup in ("img", "svg", "script", "iframe", "a"):
            expect(page.locator(f"main {markup}")).to_have_count(0)
        assert page.evaluate("window.hacked") is None
        assert page.said == []
        page.context.close()


def test_when_the_server_has_ended_the_page_says_so(browser: Browser, tmp_path: Path) -> None:
    given = new("sizes", "0", tmp_path / "mine")
    with exercise_web(given.directory) as url:
        page = opened(browser, url)
        points(page, "0 of 12")
    expect(page.locator("#state")).to_contain_text("does not answer")
    page.context.close()
