"""What both daemons and the lab share: configuration, places and reasons, records, output, time."""

import sys

# pip says this when somebody installs; here it is for those who run a copy of the sources.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(f"Python 3.11 or later is needed; this is Python {sys.version.split()[0]}")
