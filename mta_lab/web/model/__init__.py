"""What the page shows, made of a run or of a capture: pure, but that it reads the capture file.

`page.py` is the schema. Read then `joined.py`, `columns.py`, `arrows.py`, `ladder.py`, `said.py`,
`queues.py` and `build.py`, which puts them together. Of an exercise: `unjudged.py`, `story.py` and
`exercise.py`.
"""
