"""The sites that something passed."""

from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts.bilateral import came_back, sites, with_site, without_sites
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.osi import ber

DOMAIN, CARRIER = GlobalDomain("US", " ", "Contoso"), GlobalDomain("US", "MCI")
#: What another system means by it: a BOOLEAN for C US, A " ".
FOREIGN = bytes.fromhex("300e 6104 1302 5553 6203 1301 20 0101ff")


def test_golden_octets() -> None:
    # SEQUENCE { C [APPLICATION 1] US, SEQUENCE { A [0] " ", P [1] Contoso }, site }
    private = "3010 a003 1301 20 a109 1307 436f6e746f736f"
    site = ber.tlv(b"\x13", b"/O=Contoso/OU=North")
    element = bytes.fromhex(f"302d 6104 1302 5553 {private}") + site
    assert with_site((), DOMAIN, "/O=Contoso/OU=North") == (element,)
    # SEQUENCE { C, A [APPLICATION 2] MCI, site }
    element = bytes.fromhex("3010 6104 1302 5553 6205 1303 4d4349 1301 58")
    assert with_site((), CARRIER, "X") == (element,)
    # an OCTET STRING, UTF-8
    (element,) = with_site((), CARRIER, "K\xf6ln")
    assert element.endswith(bytes.fromhex("0405 4bc3b66c6e"))
    assert sites((element,), CARRIER) == ("K\xf6ln",)


def test_a_site_is_named_once_while_it_is_not_left() -> None:
    elements = with_site(with_site((FOREIGN,), DOMAIN, "North"), DOMAIN, "North")
    assert elements[0] == FOREIGN
    assert sites(elements, DOMAIN) == ("North",)
    assert not came_back(elements, DOMAIN, "North")
    elements = with_site(elements, DOMAIN, "South")
    assert came_back(elements, DOMAIN, "North")
    assert not came_back(elements, DOMAIN, "South")
    assert not came_back(elements, DOMAIN, "East")


def test_other_domains_sites_are_theirs() -> None:
    elements = with_site(with_site((), DOMAIN, "North"), CARRIER, "South")
    assert sites(elements, DOMAIN) == ("North",)
    assert sites(elements, CARRIER) == ("South",)


@given(st.lists(st.sampled_from("ABC")))
def test_the_last_site_stays_when_recipients_are_others(passed: list[str]) -> None:
    elements: tuple[bytes, ...] = (FOREIGN,)
    for site in passed:
        elements = with_site(elements, DOMAIN, site)
    anew = without_sites(elements, DOMAIN)
    assert sites(anew, DOMAIN) == tuple(passed[-1:])
    assert FOREIGN in anew
    assert not any(came_back(anew, DOMAIN, site) for site in "ABC")
