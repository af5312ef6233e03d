"""Mail that somebody sends at an MTA of a lab that is up."""

from collections.abc import Sequence
from io import BytesIO

from mta_emu.mta.controlclient import Message, ask, send_files
from mta_lab.lab.directory import Lab


class Attached(BytesIO):
    """A file that goes along with a message."""

    def __init__(self, name: str, octets: bytes) -> None:
        """Have a name, of which only what follows the last / is sent."""
        super().__init__(octets)
        self.name = name


async def submit(lab: Lab, host: str, request: Message, files: Sequence[Attached] = ()) -> Message:
    """Let an MTA take messages: `mts_identifiers`.

    Raises ControlError when it does not run, or refuses.
    """
    data = lab.files(host).data
    if not files:
        return await ask(data, {**request, "command": "submit"})
    return await send_files(data, {**request, "command": "submit_files"}, files, lambda _: None)
