"""Topologies: files.py is the file, settings.py changes it, faults.py breaks its networks.

drawing.py and picture.py show it, as text and as a picture.
"""
