"""A bay controller of a substation, and its operator: MMS, as IEC 61850 uses it, on port 102.

`python3 -m mta_lab.programs.substation serve ADDRESS PORT` is the controller. With `call SOURCE
ADDRESS PORT T-SELECTOR` in the place of `serve` it asks one who it is and writes what it found; the
T-selector is a number of two octets. Both speak the stack of hat-drivers, which the extra
`substation` brings.
"""

import asyncio
import sys
from contextlib import suppress

from labkit.output import say

try:
    from hat.drivers import mms
    from hat.drivers.tcp import Address
except ModuleNotFoundError as error:
    say(f"no {error.name}: pip install 'x400-firewall-lab[substation]' brings it", error=True)
    sys.exit(2)

_IDENTITY = mms.IdentifyResponse("Contoso", "bay controller", "1", None)


async def serve(address: str, port: str) -> None:
    """Answer whoever asks who this is, until the process is ended."""

    async def answer(_connection: mms.Connection, request: mms.Request) -> mms.Response | mms.Error:
        if isinstance(request, mms.IdentifyRequest):
            return _IDENTITY
        return mms.ServiceError.OTHER

    async def stay(connection: mms.Connection) -> None:
        await connection.wait_closed()

    await mms.listen(stay, Address(address, int(port)), request_cb=answer)
    await asyncio.Event().wait()


async def call(source: str, address: str, port: str, selector: str) -> None:
    """Ask who is behind a T-selector at an address."""
    try:
        connection = await mms.connect(
            Address(address, int(port)), remote_tsel=int(selector), local_addr=(source, 0)
        )
    except Exception as error:  # that library raises plain ones
        say(f"refused: {error}")
        return
    found = await connection.send_confirmed(mms.IdentifyRequest())
    say(f"found {found.vendor} {found.model}")
    await connection.async_close()


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    with suppress(asyncio.CancelledError):
        asyncio.run(serve(*arguments) if what == "serve" else call(*arguments))
