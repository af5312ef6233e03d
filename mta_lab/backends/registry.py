"""The backends by name."""

from collections.abc import Mapping

from mta_lab.backends import Backend
from mta_lab.backends.loopback import Loopback

BACKENDS: Mapping[str, Backend] = {backend.name: backend for backend in (Loopback(),)}
