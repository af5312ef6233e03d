"""What hosts say: one record a happening."""

from collections.abc import Callable
from typing import Any

Record = dict[str, Any]
#: Hears every record as it is read: the host's name, and the record.
Observer = Callable[[str, Record], None]
