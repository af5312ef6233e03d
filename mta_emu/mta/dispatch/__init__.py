"""The dispatcher: what becomes of each message, probe and report."""
