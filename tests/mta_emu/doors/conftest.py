"""MTAs running in this process, as the MTA's own tests start them."""

from tests.mta_emu.mta.conftest import a_document, b_document, start

__all__ = ["a_document", "b_document", "start"]
