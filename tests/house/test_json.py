"""Every command that prints data prints them as JSON too."""

import pytest

from tests.house.commands import COMMANDS, Command

#: Commands without data of their own, and what they print instead.
WITHOUT = {
    "mta_emu cancel": "that it is done",
    "mta_emu config schema": "a JSON document",
    "firewall_proxy schema": "a JSON document",
    "firewall_proxy setup": "commands for a shell",
    "mta_lab exec": "what another program prints",
    "mta_lab capture": "packets",
    "mta_lab graph": "a picture, or the name of its file",
    "mta_lab restart": "nothing",
    "mta_lab exercise new": "the names of directories",
    "mta_lab exercise do": "a dialogue",
    "mta_lab fault": "nothing",
    "mta_lab sheet new": "the name of a file",
    "mta_lab sheet page": "the name of a file",
    "mta_lab sheet to-topology": "the name of a file",
}
NAMES = {" ".join(command.words) for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.words))
def test_a_command_has_json(command: Command) -> None:
    has_json = any("--json" in option.flags for option in command.options)
    assert has_json != (" ".join(command.words) in WITHOUT)


def test_what_has_no_json_is_a_command() -> None:
    assert WITHOUT.keys() <= NAMES
    assert len(NAMES) > 30
