"""An MTA in somebody else's program."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from labkit.config import ConfigurationError
from mta_emu.embedded import Mta
from mta_emu.mta.log.records import Delivered
from mta_emu.mta.store.datadirectory import DirectoryInUseError
from tests.mta_emu.serving import JONES, SMITH
from tests.patience import PATIENCE

HERE, THERE, PORT = "127.0.113.46", "127.0.100.46", 10446


def config(name: str, own: str, peer: str, address: str, other: str) -> dict[str, Any]:
    return {
        "server": {
            "organization": "Contoso",
            "site": own,
            "name": name,
            "global_domain": {"country": "US", "private_domain": "Contoso"},
            "transport_stack": {"address": address, "port": PORT},
            "diagnostics_logging": {"x400_service": "minimum"},
            "mailboxes": [{"country": "US", "organization": own}],
        },
        "connectors": [
            {
                "general": {
                    "directory_name": "PEER",
                    "remote_mta_name": peer,
                    "remote_mta_password": "secret",
                },
                "stack": {"address": other},
                "override": {"local_mta_password": "secret"},
                "address_space": [{"country": "US", "organization": "Inside"}]
                if own == "Outside"
                else [{"country": "US", "organization": "Outside"}],
            }
        ],
    }


EXTERNAL = config("EXTERNAL", "Outside", "INTERNAL", HERE, THERE)
INTERNAL = config("INTERNAL", "Inside", "EXTERNAL", THERE, HERE)


async def test_two_of_them_exchange_mail_on_one_loop(tmp_path: Path) -> None:
    async with Mta(EXTERNAL, tmp_path / "external") as external, Mta(INTERNAL) as internal:
        identifiers = await external.submit(JONES, SMITH, subject="Hello", text="In five lines.")
        async with asyncio.timeout(PATIENCE):
            [delivered] = await internal.heard(Delivered)
        assert [delivered.mts_identifier] == [*identifiers]
        [mail] = internal.mailbox
        assert (mail.subject, mail.mts_identifier) == ("Hello", delivered.mts_identifier)
        assert internal.events == external.events == []
        assert [each.name for each in external.status.connectors] == ["PEER"]
    assert (tmp_path / "external").exists()


async def test_a_file_is_read_as_the_command_reads_it(tmp_path: Path) -> None:
    with (tmp_path / "mta.yaml").open("w") as file:
        YAML().dump(EXTERNAL, file)
    async with Mta(tmp_path / "mta.yaml") as mta:
        assert mta.config.server.name == "EXTERNAL"


def test_a_wrong_configuration_says_where() -> None:
    with pytest.raises(ConfigurationError, match="server"):
        Mta({"connectors": []})


async def test_mail_that_could_not_leave_is_refused() -> None:
    async with Mta(EXTERNAL) as mta:
        with pytest.raises(ValueError, match="no mailbox here and no connector"):
            await mta.submit(JONES, "C=DE;A= ;P=Nobody;O=Nowhere;S=Smith")


async def test_an_address_that_is_taken_leaves_nothing(tmp_path: Path) -> None:
    async with Mta(EXTERNAL, tmp_path / "one") as mta:
        with pytest.raises(OSError, match="already in use"):
            async with Mta(EXTERNAL, tmp_path / "two"):
                pass
        with pytest.raises(DirectoryInUseError):
            async with Mta(INTERNAL, tmp_path / "one"):
                pass
        assert mta.status.connectors[0].queued == 0
    async with Mta(EXTERNAL, tmp_path / "two"):
        pass


async def test_who_waits_is_told_that_it_has_stopped() -> None:
    async with Mta(EXTERNAL) as mta:
        waiting = asyncio.create_task(mta.heard(Delivered))
    with pytest.raises(RuntimeError, match="has stopped"):
        await waiting
