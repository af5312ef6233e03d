"""One association: how it is opened, the transfers both ways, recovery."""
