"""The MTA itself: connectors, admission, routing, schedule, store, associations, events."""
