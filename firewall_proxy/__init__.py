"""The firewall between the MTAs: generic service passers, transparency, tunnels."""

import labkit  # noqa: F401 - says plainly when Python is too old
