"""The BER codec is there without the library's parser, and the library is there as well."""

import subprocess
import sys

import asn1tools

from mta_emu.osi.asn1 import library


def run(program: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout


def test_nothing_but_the_codec_is_loaded() -> None:
    loaded = run(
        "import sys; from mta_emu.osi.asn1 import library\n"
        "print(*(name for name in sys.modules if name.startswith('asn1tools')),\n"
        "    'pyparsing' in sys.modules)"
    ).split()
    assert set(loaded) == {
        "asn1tools.codecs",
        "asn1tools.codecs.ber",
        "asn1tools.codecs.compiler",
        "asn1tools.compat",
        "asn1tools.errors",
        "False",
    }


def test_the_library_can_still_be_imported_and_has_the_same_codec() -> None:
    same = run(
        "from mta_emu.osi.asn1 import library; import asn1tools\n"
        "print(asn1tools.compiler.ber is library.ber, asn1tools.Error is library.errors.Error)\n"
        "m = asn1tools.compile_string('M DEFINITIONS ::= BEGIN A ::= INTEGER END')\n"
        "print(m.encode('A', 5))\n"
    )
    assert same == "True True\nb'\\x02\\x01\\x05'\n"


def test_it_is_that_of_a_library_that_was_imported_before() -> None:
    assert asn1tools.compiler.ber is library.ber
    same = run(
        "import asn1tools; from mta_emu.osi.asn1 import library\n"
        "print(library.ber is asn1tools.compiler.ber)"
    )
    assert same == "True\n"
