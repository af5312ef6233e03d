"""Mail on the page of a lab that is up: sent, followed, read, reported, whatever it says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from tests.mta_lab.web.browser import chromium, everybody_can_use, opened
from tests.mta_lab.web.hostile import HOSTILE
from tests.mta_lab.web.served import JONES, SMITH, Served, served

NOBODY = "C=DE;A= ;P=Elsewhere;S=Nobody"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def open_lab() -> Iterator[Served]:
    """The seed without its trouble: mail leaves both ways."""
    with served("labs/q196381-transparency-off.yaml") as found:
        yield found


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def send(page: Page, to: str, subject: str, text: str = "", *files: FilePayload) -> None:
    form = part(page, "Send")
    form.get_by_label("At", exact=True).select_option("EXTERNAL")
    form.get_by_label("From").fill(JONES)
    form.get_by_label("To", exact=True).fill(to)
    form.get_by_label("Subject").fill(subject)
    form.get_by_label("Text").fill(text)
    form.get_by_label("Report").select_option("delivery")
    form.get_by_label("Files").set_input_files(list(files))
    form.get_by_role("button", name="Send").click()


def test_mail_is_sent_followed_read_and_reported(
    open_lab: Served, browser: Browser, tmp_path: Path
) -> None:
    page = opened(browser, open_lab.url + "#mail")
    octets = bytes(range(256))
    payload = FilePayload(name="Plan.bin", mimeType="application/octet-stream", buffer=octets)
    send(page, SMITH, "A plan", "First line\nsecond line", payload)
    came = part(page, "Send").get_by_role("status")
    expect(came).to_contain_text("EXTERNAL has taken [")
    identifier = (came.text_content() or "").removeprefix("EXTERNAL has taken ")
    messages = part(page, "Messages")
    messages.get_by_role("button", name=identifier).click()
    way = messages.locator("h3 + div tbody tr")
    expect(way.filter(has_text="submitted")).to_have_count(1)
    delivered = page.get_by_role("cell", name="delivered", exact=True)
    expect(way.filter(has=delivered).filter(has_text="INTERNAL")).to_have_count(1)
    boxes = part(page, "Mailboxes")
    boxes.get_by_label("Mailbox of").select_option("INTERNAL")
    boxes.get_by_role("button", name="A plan").click()
    letter = boxes.locator(".letter")
    expect(letter.locator("pre")).to_contain_text("First line\nsecond line")
    expect(letter.locator("dd", has_text="A plan")).to_have_count(1)
    with page.expect_download() as downloading:
        letter.get_by_role("link", name="Plan.bin (256 octets)").click()
    assert downloading.value.suggested_filename == "Plan.bin"
    downloading.value.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == octets
    with page.expect_download() as downloading:
        letter.get_by_role("link", name="The content as it came").click()
    assert re.fullmatch(r"\d+\.ber", downloading.value.suggested_filename)
    expect(part(page, "Reports").locator("tbody")).to_contain_text("Delivered at")
    everybody_can_use(page)
    assert page.said == []
    page.context.close()


def test_what_an_mta_refuses_is_said_in_its_words(open_lab: Served, browser: Browser) -> None:
    page = opened(browser, open_lab.url + "#mail")
    came = part(page, "Send").get_by_role("status")
    send(page, NOBODY, "To nobody")
    expect(came).to_contain_text("EXTERNAL has not taken it: no mailbox here and no connector for")
    send(page, "no address at all", "To nowhere")
    expect(came).to_contain_text("no address at all")
    page.context.close()


def test_hostile_mail_is_text_and_its_files_have_safe_names(
    open_lab: Served, browser: Browser
) -> None:
    """Subject, text and file name: no markup, no script, no path, no other type than octets."""
    page = opened(browser, open_lab.url + "#mail")
    evil = FilePayload(
        name=f"../..\\evil\u202e{HOSTILE.replace('/', '')}.html",
        mimeType="text/html",
        buffer=b"<script>window.hacked=5</script>",
    )
    subject = HOSTILE[:128]
    send(page, SMITH, subject, HOSTILE, evil)
    expect(part(page, "Send").get_by_role("status")).to_contain_text("EXTERNAL has taken [")
    boxes = part(page, "Mailboxes")
    boxes.get_by_label("Mailbox of").select_option("INTERNAL")
    boxes.get_by_role("button", name="</script>").click()
    letter = boxes.locator(".letter")
    expect(letter.locator("pre")).to_contain_text(HOSTILE)
    expect(letter.locator("img, script, svg, iframe")).to_have_count(0)
    with page.expect_download() as downloading:
        letter.get_by_role("link", name="octets)").click()
    name = downloading.value.suggested_filename
    assert not set(name) & set("/\\\u202e")
    assert page.evaluate("window.hacked") is None
    assert page.said == []
    page.context.close()
