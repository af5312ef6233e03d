"""`mta-emu send`: messages, files and probes given to a running MTA."""

import json
from pathlib import Path

from mta_emu.mta.store.store import Store
from tests.mta_emu.serving import JONES, SMITH, mta_emu


def test_send_queue_and_events(served: Path) -> None:
    sent = mta_emu(
        "send", SMITH, "--from", JONES, "--subject", "Hi", "--count", "2", "--data", served
    )
    assert sent.returncode == 0, sent.stderr
    assert len(sent.stdout.splitlines()) == 2
    one = mta_emu("send", SMITH, "--from", JONES, "--json", "--data", served)
    assert len(json.loads(one.stdout)["mts_identifiers"]) == 1
    queue = json.loads(mta_emu("queue", "--json", "--data", served).stdout)
    assert (queue["name"], queue["queued"]) == ("FIREWALL", 3)
    assert "FIREWALL" in mta_emu("queue", "--data", served).stdout
    events = [
        json.loads(line)
        for line in mta_emu("events", "--json", "--data", served).stdout.splitlines()
    ]
    assert [event["id"] for event in events] == [9215, 1294, 4284, 289, 301]
    assert events[0].keys() >= {"time", "id", "type", "source", "category", "text"}
    table = mta_emu("events", "--data", served).stdout
    assert "MSExchangeMTA" in table
    assert "289" in table


def test_send_a_file(served: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.bin"
    file.write_bytes(bytes(range(256)) * 1000)
    options = ("--from", JONES, "--data", served)
    sent = mta_emu("send", JONES, "--subject", "Report", "--file", file, *options)
    assert sent.returncode == 0, sent.stderr
    assert "256.0/256.0 kB" in sent.stderr
    (mail,) = [
        each
        for each in Store.reader(served).mailbox.read()
        if each.mts_identifier == sent.stdout.strip()
    ]
    content = Store.reader(served).contents.read(mail.message, 0, mail.content_length)
    assert content.endswith(b"\x81\x83\x03\xe8\x00" + file.read_bytes())  # [1], 256000 octets
    assert mail.subject == "Report"
    shown = mta_emu("mail", "show", str(mail.id), "--data", served)
    assert "(file report.bin, 256000 octets)" in shown.stdout
    for wrong in (("--probe",), ("--count", "2")):
        refused = mta_emu("send", JONES, "--file", file, *wrong, *options)
        assert refused.returncode == 1
        assert "one message" in refused.stderr
    nowhere = mta_emu("send", "C=DE;A= ;S=Nobody", "--file", file, *options)
    assert nowhere.returncode == 1
    assert "no mailbox here" in nowhere.stderr


def test_send_files_and_rich_text(served: Path, tmp_path: Path) -> None:
    empty, small, rtf = tmp_path / "empty", tmp_path / "small.txt", tmp_path / "text.rtf"
    empty.touch()
    small.write_bytes(b"x")
    rtf.write_bytes(rb"{\rtf1 {\b Bold}}")
    options = ("--from", JONES, "--data", served, "--text", "Bold")
    attached = ("--attach", empty, "--attach", small, "--attach", empty)
    sent = mta_emu("send", JONES, *attached, "--rich-text", rtf, *options)
    assert sent.returncode == 0, sent.stderr
    alone = mta_emu("send", JONES, "--attach", empty, *options)
    assert alone.returncode == 0, alone.stderr
    listed = list(Store.reader(served).mailbox.read())
    number = next(each.id for each in listed if each.mts_identifier == sent.stdout.strip())
    shown = mta_emu("mail", "show", str(number), "--data", served).stdout
    assert shown.split("\n\n", 1)[1].splitlines() == [
        "Bold",
        "(file winmail.dat, TNEF, 146 octets)",
        "(file empty, 0 octets)",
        "(file small.txt, 1 octets)",
        "(file empty, 0 octets)",
    ]
    plain = mta_emu("send", JONES, "--rich-text", small, *options)
    assert plain.returncode == 1
    assert "must be RTF" in plain.stderr


def test_probes_and_reports(served: Path) -> None:
    options = ("--from", JONES, "--data", served)
    sent = mta_emu("send", JONES, "--probe", "--subject", "Ask", "--json", *options)
    (identifier,) = json.loads(sent.stdout)["mts_identifiers"]
    told = json.loads(mta_emu("reports", identifier, "--json", "--data", served).stdout)
    assert (told["mts_identifier"], told["recipient"]) == (identifier, JONES)
    assert (told["outcome"], told["content_identifier"]) == ("delivered", "Ask")
    assert told["text"] == f"Delivered at {told['delivered'][:19].replace('T', ' ')} UTC."
    table = mta_emu("reports", "--data", served).stdout
    assert "Delivered at" in table
    nothing = mta_emu("reports", "[C=US;A= ;X]", "--data", served)
    assert nothing.returncode == 1
    wrong = mta_emu("send", SMITH, "--report", "always", *options)
    assert wrong.returncode == 1
    assert "report 'always': one of delivery, non-delivery, none" in wrong.stderr
