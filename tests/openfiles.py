"""What a test's process holds open, of what the test is about."""

import gc
import os
from contextlib import suppress
from pathlib import Path


def held_open(directory: Path) -> set[str]:
    """The sockets of this process, and its open files below a directory.

    Threads that other tests have left open and close files of their own at any time, so that a mere
    count of descriptors depends on them.
    """
    gc.collect()  # what others have left does not count
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # that of this look itself
            found.add(os.readlink(descriptor))
    return {each for each in found if each.startswith((f"{directory}/", "socket:"))}
