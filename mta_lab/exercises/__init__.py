"""Exercises about captures: made from a seed, and graded by packets.

What an exercise is: `chance`, `evidence`, `kinds`, `question`, `exercise`; the exercises themselves
are `course/`, easiest first. How one is played: `playing`. What a learner gets: `sheet`, `digests`,
`page`, `directory`. What comes back, read with care (`handedin`, `harmless`): `answers`,
`displayfilter`, `repair`, `marking`.
In the terminal: `dialogue`. For a class: `classroom`, `grading`.
"""
