#!/usr/bin/env python3
"""Fuzz the target that FUZZ_TARGET names: `fuzz/one.py [libFuzzer options] DIRECTORY...`.

A program of its own, and the target not an argument, because libFuzzer runs itself again by
argv[0] and the options when it merges a corpus.
"""

import os
import sys

import atheris

with atheris.instrument_imports(include=["mta_emu", "asn1tools"], enable_loader_override=False):
    from fuzz.targets import TARGETS

if __name__ == "__main__":
    atheris.Setup(sys.argv, TARGETS[os.environ["FUZZ_TARGET"]].run)
    atheris.Fuzz()
