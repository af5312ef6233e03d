"""What both daemons and the lab share: configuration, places and reasons, records, output, time."""

import sys

# Whoever installs it is told by pip; this is for who runs a copy of the sources.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(f"Python 3.11 or later is needed; this is Python {sys.version.split()[0]}")
