"""A fake Microsoft Exchange 5.5 MTA that speaks X.400 over RFC 1006."""

import labkit  # noqa: F401 - says plainly when Python is too old
