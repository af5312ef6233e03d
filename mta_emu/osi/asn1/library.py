"""The BER codec of asn1tools, without the rest of it.

Whoever imports asn1tools gets its parser, its other codecs and its generator of C too: 25 MB and
70 ms in each process, and nothing that reads or writes BER needs them.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType

_PACKAGE, _PARSER = "asn1tools", "asn1tools.parser"


@contextmanager
def _package_alone() -> Iterator[None]:
    """Let modules of the package be imported, but not what the package itself imports."""
    spec = find_spec(_PACKAGE)
    if spec is None or _PACKAGE in sys.modules:
        yield
        return
    parser = ModuleType(_PARSER)
    parser.__dict__["EXTENSION_MARKER"] = None  # all that the codec takes of it
    sys.modules |= {_PACKAGE: module_from_spec(spec), _PARSER: parser}
    try:
        yield
    finally:
        del sys.modules[_PACKAGE], sys.modules[_PARSER]


with _package_alone():
    ber = import_module("asn1tools.codecs.ber")
    errors = import_module("asn1tools.errors")
