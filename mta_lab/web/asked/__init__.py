"""What the page asks of a lab that is up, and what it lets the lab do: a file for each view.

`exercise` is the same for the page of an exercise.

Each gives its paths for `server`, which guards them all (`safety`). Whatever changes the lab is a
POST with JSON, and goes the way that the command of the same name goes.
"""
