"""Reads captures: which associations are in them, primitive by primitive, and what is wrong."""
