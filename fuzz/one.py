#!/usr/bin/env python3
"""Fuzz what FUZZ_TARGETS names, one target after the other: `fuzz/one.py [OPTIONS] DIRECTORY...`.

Options and directories are libFuzzer's, with {} for the target. What is fuzzed is instrumented
while it is imported, which takes longer than a short run; so with FUZZ_LOGS, a directory, every
target is fuzzed in a process forked after that, and logs there. Without it there is one target,
and no fork: libFuzzer runs itself again, by argv[0] and the options, when it merges a corpus. For
the same reason all this is a program of its own, and the targets are no arguments.
"""

import os
import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["mta_emu", "asn1tools"], enable_loader_override=False):
    from fuzz.targets import TARGETS


def fuzz(name: str) -> None:
    """Fuzz one target; does not return."""
    target = TARGETS[name]

    def mutated(octets: bytes, most: int, seed: int) -> bytes:
        """Change an input as libFuzzer does, or by what it is made of."""
        dice = Random(seed)
        if target.mutate and dice.randrange(2):
            changed = target.mutate(octets, dice)
            if len(changed) <= most:
                return changed
        return bytes(atheris.Mutate(octets, most))

    arguments = [argument.replace("{}", name) for argument in sys.argv]
    atheris.Setup(arguments, target.run, custom_mutator=mutated)
    atheris.Fuzz()


def fork(name: str, log: Path) -> int:
    """Fuzz one target in a process of its own; its exit status."""
    child = os.fork()
    if child == 0:
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for stream in (sys.stdout, sys.stderr):  # Python says on the first what libFuzzer found
            os.dup2(file, stream.fileno())
        fuzz(name)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    names = os.environ["FUZZ_TARGETS"].split()
    logs = os.environ.get("FUZZ_LOGS")
    if not logs:
        fuzz(names[0])
    for each in names:
        print(each, fork(each, Path(str(logs), each)), flush=True)
