"""What travels over the stack: MTA-bind, messages, reports, probes, O/R addresses."""
