"""The ASN.1 modules of P1 and of interpersonal messages, compiled as one."""

from mta_emu.osi.asn1 import compile_modules

MTS = compile_modules(__name__, "mts", "ipm")
