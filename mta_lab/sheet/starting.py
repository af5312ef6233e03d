"""The sheet that a centre begins with: every field, with what may stand in it."""

from labkit.config import parse
from mta_lab.sheet.profiles import PROFILES, ProfileName
from mta_lab.sheet.sheet import Sheet

_MTA_NAME, _DOMAIN = 32, 16  # characters that a name may have
#: What stands in the place of what is not looked at.
_ANY = {"mta_name": "X", "ipv4": {"before_nat": "203.0.113.10"}, "domain": {"country": "XX"}}
_TEXT = """\
# The link sheet of one centre: fill it in, and give the other centre what is printed of it
# (mta-lab sheet page). docs/sheet.md says what each field means.
centre: "{centre}"

own:  # what this centre is, for the other one to configure
  mta_name: "{mta_name}"
  # In this file only, never on the page. Four different things: "secret", "" (an empty one),
  # " " (a single space), and no line at all (nothing is agreed on yet).
  password: ""
  ipv4: {{before_nat: 203.0.113.10}}  # with translation also after_nat: the address others see
  # ipv6: {{before_nat: "2001:db8::10"}}
  selectors:  # each is text:ABC, hex:414243, blank (agreed: none), or left out (nothing agreed)
    t: blank
    s: blank
    p: blank
  domain: {{country: XX, administration_domain: ICAO, private_domain: "{domain}"}}
  # organization: Tower  # where several centres share a domain

peer:  # what is configured here for the other one; what is left out is as its sheet says
  profile: {profile}  # what its MTA is: {profiles}
  # mta_name: OTHER
  # password: ""
  # address: 198.51.100.10
  # selectors: {{t: "text:OTHER"}}

link:
  over: ipv4  # or ipv6
  dialogue_mode: {dialogue_mode}  # two-way-alternate or monologue
  conformance: {conformance}  # 1988-normal, 1988-x410, or "1984" in quotes
  checkpoint_size: 30  # KB; 0: none
  window_size: 5  # checkpoints
  lifetime: 300  # seconds

firewalls: []  # of this centre, the one next to the MTA first
  # method: proxy, pass-through (packets are routed as they are), or nat
  # - {{method: proxy, inside: 203.0.113.1, outside: 198.51.100.1, client_side_transparency: false}}
"""


def starting_sheet(centre: str, peer: ProfileName) -> str:
    """The text of a sheet to fill in, for a link to an MTA of that profile.

    Raises ConfigurationError when the centre's name is none.
    """
    parse({"centre": centre, "own": _ANY}, Sheet, "the new sheet")
    profile = PROFILES[peer]
    return _TEXT.format(
        centre=centre,
        mta_name=centre[:_MTA_NAME],
        domain=centre[:_DOMAIN],
        profile=peer,
        profiles=", ".join(PROFILES),
        dialogue_mode=profile.dialogue_modes[0],
        conformance=profile.conformances[0].value,
    )
