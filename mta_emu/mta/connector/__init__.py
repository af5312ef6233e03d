"""A connector at work: its queue, its associations, and the callers that the listener admits."""
