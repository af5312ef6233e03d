"""`python -m mta_lab`."""

from mta_lab.cli import main

main()
