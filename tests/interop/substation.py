"""A host of a substation and its operator: MMS, as IEC 61850 uses it, on the stack of hat-drivers.

`substation.py serve ADDRESS PORT` is the host, `substation.py call SOURCE ADDRESS PORT T-SELECTOR`
asks it who it is. The T-selector is a number of two octets.
"""

import asyncio
import contextlib
import sys

from hat.drivers import mms
from hat.drivers.tcp import Address

_VENDOR, _MODEL = "Contoso", "bay controller"


async def serve(address: str, port: str) -> None:
    async def answer(_connection: mms.Connection, request: mms.Request) -> mms.Response:
        assert isinstance(request, mms.IdentifyRequest)
        return mms.IdentifyResponse(_VENDOR, _MODEL, "1", None)

    async def stay(connection: mms.Connection) -> None:
        await connection.wait_closed()

    await mms.listen(stay, Address(address, int(port)), request_cb=answer)
    await asyncio.Event().wait()


async def call(source: str, address: str, port: str, selector: str) -> None:
    try:
        connection = await mms.connect(
            Address(address, int(port)), remote_tsel=int(selector), local_addr=(source, 0)
        )
    except Exception as error:  # that library raises plain ones
        print(f"refused: {error}", flush=True)
        return
    answer = await connection.send_confirmed(mms.IdentifyRequest())
    print(f"found {answer.vendor} {answer.model}", flush=True)
    await connection.async_close()


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run({"serve": serve, "call": call}[what](*arguments))
