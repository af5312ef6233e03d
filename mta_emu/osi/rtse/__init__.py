"""Reliable transfer, X.218 and X.228."""
