"""What an MTA says: Exchange's events, records while it runs, and the text logs."""
