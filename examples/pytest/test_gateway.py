"""An MTA in the test itself, without a lab."""

from mta_emu.embedded import Mta
from mta_emu.mta.log.records import Delivered

CONFIG = {
    "server": {
        "organization": "Contoso",
        "site": "Gateway",
        "name": "GATEWAY",
        "global_domain": {"country": "US", "private_domain": "Contoso"},
        "transport_stack": {"address": "127.0.200.10", "port": 10102},
        "mailboxes": [{"country": "US", "organization": "Gateway"}],
    },
}
JONES = "C=US;A= ;P=Contoso;O=Gateway;S=Jones"
SMITH = "C=US;A= ;P=Contoso;O=Gateway;S=Smith"


async def test_an_mta_of_ours():
    async with Mta(CONFIG) as mta:
        await mta.submit(JONES, SMITH, subject="Hello")
        [delivered] = await mta.heard(Delivered)
        assert delivered.subject == "Hello"
