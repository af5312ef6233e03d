"""What both daemons and the lab share: configuration files, the event loop, the lab clock."""
