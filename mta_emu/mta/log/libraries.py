"""What libraries log: a `problem` record, and nothing on standard error.

Python writes what nobody takes to standard error as it is (`logging.lastResort`): a peer's control
sequences would reach a terminal there, as often as the peer likes.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def taken(failed: Callable[[str, BaseException | str], None]) -> Iterator[None]:
    """Give `failed` what libraries warn of while the block runs: which library, and what it says.

    It is called on whichever thread the library runs.
    """
    handler = _Handler(failed)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


class _Handler(logging.Handler):
    def __init__(self, failed: Callable[[str, BaseException | str], None]) -> None:
        super().__init__(logging.WARNING)
        self._failed = failed

    def emit(self, record: logging.LogRecord) -> None:
        """Pass it on: an exception if there is one, else the words."""
        said: BaseException | str | None = record.exc_info[1] if record.exc_info else None
        try:
            said = said or record.getMessage()
        except (TypeError, ValueError):  # it does not fit what it is about
            said = str(record.msg)
        self._failed(f"the library {record.name}", said)
