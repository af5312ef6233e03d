"""The ASN.1 modules of P1 and of interpersonal messages, compiled as one."""

from mta_emu.mts import t61
from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.asn1.library import ber as codecs

codecs.TeletexString.ENCODING = t61.NAME  # the library has ISO 8859-1

MTS = compile_modules(__name__, "mts", "ipm")
