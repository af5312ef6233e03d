"""Mail that somebody sends at an MTA of a lab that is up."""

import pytest

from mta_emu.mta.controlclient import ControlError
from mta_emu.mta.store.store import Store
from mta_lab.lab.directory import Lab
from mta_lab.play.mailing import Attached, submit

JONES = "C=US;A= ;P=Contoso;O=Outside;S=Jones"
MAIL = {"from": JONES, "to": [JONES], "subject": "Hello"}


async def test_an_mta_takes_mail_with_and_without_files(up: Lab) -> None:
    one = await submit(up, "EXTERNAL", MAIL)
    other = await submit(up, "EXTERNAL", MAIL, [Attached("dir/a.txt", b"abc")])
    names = one["mts_identifiers"] + other["mts_identifiers"]
    mails = [*Store.reader(up.files("EXTERNAL").data).mailbox.read()]
    assert [each.mts_identifier for each in mails] == names


async def test_the_request_is_nothing_but_mail(up: Lab) -> None:
    """Whatever else it asks for: a page's text chooses no other command."""
    with pytest.raises(ControlError, match="mts_identifier"):
        await submit(up, "EXTERNAL", {"command": "cancel", "mts_identifier": "x"})


async def test_what_it_refuses_is_said(up: Lab, lab: Lab) -> None:
    with pytest.raises(ControlError, match="no mailbox here and no connector for"):
        await submit(up, "EXTERNAL", MAIL | {"to": ["C=DE;A= ;P=X;S=Nobody"]})


async def test_an_mta_that_does_not_run_takes_none(lab: Lab) -> None:
    with pytest.raises(ControlError, match="no MTA answers"):
        await submit(lab, "EXTERNAL", MAIL)
