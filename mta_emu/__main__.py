"""`python -m mta_emu` is `mta-emu`."""

from mta_emu.cli import main

main()
