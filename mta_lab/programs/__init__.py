"""Programs for labs: hosts that are no MTA, and share its port."""
