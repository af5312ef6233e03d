"""The MTS's and IPM's ASN.1 modules, compiled."""

from mta_emu.osi.asn1 import compile_modules

MTS = compile_modules(__name__, "mts")
IPM = compile_modules(__name__, "mts", "ipm")
