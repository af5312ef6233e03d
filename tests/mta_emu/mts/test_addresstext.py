"""O/R addresses as people write and paste them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import addresstext
from mta_emu.mts.oraddress import ORAddress

SMITH = ORAddress(
    country="US",
    administration_domain=" ",
    private_domain="Contoso",
    organization="B",
    surname="Smith",
)
UNITS = ORAddress(
    country="US",
    administration_domain=" ",
    private_domain="Contoso",
    organizational_units=("one", "two"),
    surname="Smith",
)


@pytest.mark.parametrize(
    "text",
    [
        "C=US;A= ;P=Contoso;O=B;S=Smith",
        "c=us; admd= ; PRMD=Contoso;o=B;s=Smith;",
        "/C=US/A= /P=Contoso/O=B/S=Smith/",
        "/C=US/ADMD= /PRMD=Contoso/O=B/S=Smith",
        " /c=US/a= /p=Contoso/o=B/s=Smith/ ",
        "C=US/A= /P=Contoso/O=B/S=Smith",
        "S=Smith/O=B/PRMD=Contoso/ADMD= /C=US",
        "X400:c=US;a= ;p=Contoso;o=B;s=Smith;",
        "x400: C=US;A= ;P=Contoso;O=B;SURNAME=Smith",
        "COUNTRY=US;ADMD= ;PRMD=Contoso;ORG=B;SN=Smith",
        "C=US;A= ;P=Contoso;O=B;PN=Smith",
        "C=US;A= ;P=Contoso;O=B;\n\tS=Smith",
    ],
)
def test_forms_that_people_paste(text: str) -> None:
    assert ORAddress.parse(text) == SMITH


@pytest.mark.parametrize(
    "text",
    [
        "C=US;A= ;P=Contoso;OU1=one;OU2=two;S=Smith",
        "C=US;A= ;P=Contoso;OU2=two;OU1=one;S=Smith",
        "C=US;A= ;P=Contoso;OU=one;OU=two;S=Smith",
        "/C=US/A= /P=Contoso/OU=one/OU=two/S=Smith/",
        "S=Smith/OU=two/OU=one/PRMD=Contoso/ADMD= /C=US",  # from the person up
        "C=US;A= ;P=Contoso;OU=one;OU2=two;S=Smith",
    ],
)
def test_organizational_units(text: str) -> None:
    assert ORAddress.parse(text) == UNITS


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("X121=31012345678", {"network_address": "31012345678"}),
        ("X.121=31012345678", {"network_address": "31012345678"}),
        ("UA-ID=12", {"numeric_user_identifier": "12"}),
        ("N-ID=12", {"numeric_user_identifier": "12"}),
        ("S=x;GQ=Jr", {"surname": "x", "generation_qualifier": "Jr"}),
        ("PN=Jo.B.C.Smith", {"given_name": "Jo", "initials": "BC", "surname": "Smith"}),
        ("DD.RFC-822=jo(a)x", {"domain_defined": (("RFC-822", "jo(a)x"),)}),
        ("DDA:RFC-822=jo(a)x", {"domain_defined": (("RFC-822", "jo(a)x"),)}),
        ("dda:Type=a=b", {"domain_defined": (("Type", "a=b"),)}),
        (r"O=a\;b", {"organization": "a;b"}),
        (r"O=a$;b", {"organization": "a;b"}),
        (r"O=a\\b", {"organization": "a\\b"}),
        ("O=a/b", {"organization": "a/b"}),
        ("O=a/b=c", {"organization": "a/b=c"}),
        (r"/O=a$/b/", {"organization": "a/b"}),
        ("S=*M{200117}ller", {"surname": "M\xfcller"}),
        ("S=*M{200}{117}ller", {"surname": "M\xfcller"}),
        ("S=Mueller*M{200117}ller", {"surname": "Mueller"}),  # both forms of one name
        ("S=M\xfcller", {"surname": "M\xfcller"}),
    ],
)
def test_keywords_and_escapes(text: str, attributes: dict[str, object]) -> None:
    found = {name: value for name, value in addresstext.read(text).items() if value}
    assert found == attributes


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Smith", "'Smith' is not KEYWORD=VALUE"),
        ("C=US;SMTP=x", r"unknown keyword SMTP"),
        ("C=US;ADDM= ", "unknown keyword ADDM; did you mean ADMD?"),
        ("C=US;OU2=Lab", "OU2 without OU1"),
        ("C=US;OU1=a;OU3=c", "OU3 without OU2"),
        ("C=US;OU1=a;OU1=b", "OU1 is given twice"),
        ("C=US;S=Smith;S=Miller", "S is given twice"),
        ("C=US;A=x;ADMD=y", "A is given twice"),
        ("C=US;PN=Jo.Ann.Smith", "is not GIVEN.I.SURNAME"),
        ("C=US;S=x;PN=y", "S is given twice"),
        ("C=US;O=In*", r"'\*' at its end, and no teletex form"),
        ("C=US;O=*", r"'\*', which stands before a teletex form"),
        ("C=US;S=*{999}", "no octet: at most 255"),
    ],
)
def test_what_is_wrong_is_named(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as raised:
        addresstext.read(text)
    assert repr(text) in str(raised.value)


value = st.text(st.sampled_from("aB /=;$\\*{}2\xfc\n\u20ac"), min_size=1, max_size=8)


@given(
    st.builds(
        ORAddress,
        country=st.just("US"),
        organization=value,
        common_name=value,
        surname=value,
        organizational_units=st.lists(value, max_size=4).map(tuple),
        domain_defined=st.lists(
            st.tuples(st.sampled_from(["x", "RFC-822"]), value), max_size=3
        ).map(tuple),
    )
)
def test_whatever_an_address_holds_is_read_again(address: ORAddress) -> None:
    assert ORAddress.read(str(address)) == address


@given(
    st.text(max_size=40)
    | st.lists(
        st.sampled_from(
            ["C=", "OU", "1=", ";", "/", "\\", "$", "*", "{200", "}", "PN=", ".", "DD."]
        )
    ).map("".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        addresstext.read(text)
    except ValueError as error:
        assert str(error).startswith("O/R address ")  # noqa: PT017
