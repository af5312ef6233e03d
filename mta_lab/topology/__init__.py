"""Topologies: files.py is the file, reading.py reads it, settings.py and faults.py change it.

drawing.py and picture.py show it, as text and as a picture.
"""
