"""What an MTA keeps in its SQLite file: messages, queues, mailbox, event log, message tracking."""
