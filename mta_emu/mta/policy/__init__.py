"""What an MTA decides, as pure functions over plain values."""
