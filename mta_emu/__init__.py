"""A fake Microsoft Exchange 5.5 MTA that speaks X.400 over RFC 1006."""
