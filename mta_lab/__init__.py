"""The lab: topologies, backends, captures and verdicts."""

import labkit  # noqa: F401 - says plainly when Python is too old
