"""What waits in a lab that is up."""

from mta_lab.commands.given import of_lab
from mta_lab.commands.queues import waiting_in
from mta_lab.lab.directory import find, labs_directory


def test_only_connectors_with_mail_wait(lab: str) -> None:
    up = find(labs_directory() / lab)
    assert up
    waits = waiting_in(up, of_lab(up))
    assert all(each.queued for each in waits)
    assert {each.host for each in waits} <= set(up.topology.mtas)
