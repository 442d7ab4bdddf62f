"""Documents that are spoilt, disguised or meant to hurt: read, or refused at once with a reason."""

import re
import time
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.netentreprises.documents.corpora import every_family

from scarabee.netentreprises import markup
from scarabee.netentreprises.documents import Document, Unreadable, read, reading, stream
from scarabee.netentreprises.documents.reading import MOST_EMPLOYERS
from scarabee.netentreprises.documents.texts import calendar_day, day, month, nir, number, rubrique

FAMILIES = every_family()
XML = tuple(one for one in FAMILIES if one.startswith(b"<?xml"))
DECLARATION = re.compile(rb'^<\?xml version="1.0" encoding="([^"]+)"\?>\n')
BOMB = "<!DOCTYPE rapport [" + '<!ENTITY a0 "aaaaaaaaaa">' + "".join(
    f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 12)
) + ']><rapport message="&a11;">&a11;</rapport>'  # fmt: skip
OUTSIDE = '<!DOCTYPE rapport [<!ENTITY file SYSTEM "file:///etc/passwd">]><rapport>&file;</rapport>'
REMOTE = '<!DOCTYPE rapport SYSTEM "http://127.0.0.1:9/x.dtd"><rapport/>'


def outcome(data: bytes, **hints: str) -> Document | str:
    """The document, or the reason why it is refused; any other exception fails the test."""
    try:
        return read(data, **hints)
    except Unreadable as error:
        return str(error)


def text_of(document: bytes) -> str:
    """A document without its declaration."""
    found = DECLARATION.match(document)
    assert found
    return document[found.end() :].decode(found[1].decode("ascii"))


@pytest.mark.parametrize("text", [BOMB, OUTSIDE, REMOTE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("before", ["", "<!-- a comment -->", "<?xml-stylesheet href='x.xsl'?>"])
def test_a_doctype_is_refused_before_it_is_looked_at(text: str, encoding: str, before: str) -> None:
    declared = f'<?xml version="1.0" encoding="{"utf-16" if "16" in encoding else "utf-8"}"?>' + before + text
    data = declared.encode(encoding)
    began = time.monotonic()
    reason = outcome(b"\xfe\xff" + data if encoding == "utf-16-be" else data)
    assert time.monotonic() - began < 1
    assert isinstance(reason, str)
    assert "DOCTYPE" in reason


def test_two_hundred_megabytes_are_refused_without_being_read() -> None:
    data = b"<rapport>" + bytes(200 << 20)
    began = time.monotonic()
    with pytest.raises(Unreadable, match="plus gros"):
        read(data)
    assert time.monotonic() - began < 1


def test_a_document_of_too_many_elements_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "TREE_NODES", 5_000)
    monkeypatch.setattr(markup, "STREAM_NODES", 5_000)
    for root in ('<rapport xmlns="http://www.gip-mds.fr/">', "<Fichier>"):
        name = root.split()[0].strip("<>")
        with pytest.raises(Unreadable, match="plus gros"):
            read(f"{root}{'<a/>' * 20_000}</{name}>".encode())


@pytest.mark.parametrize("root", ['rapport xmlns="http://www.gip-mds.fr/"', "Fichier"])
def test_elements_that_are_never_forgotten_are_refused_among_those_that_are(
    monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    monkeypatch.setattr(markup, "TREE_NODES", 5_000)
    monkeypatch.setattr(markup, "STREAM_NODES", 5_000)
    anomalies = "<a/><declaration_anomalie/>" * 6_000
    with pytest.raises(Unreadable, match="plus gros"):
        read(f"<{root}><declaration>{anomalies}</declaration></{root.split(maxsplit=1)[0]}>".encode())


def test_a_long_document_whose_elements_are_forgotten_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "STREAM_NODES", 5_000)
    person = '<salarie origine="x"><NIR>1850575123456</NIR><matricule>a=b</matricule></salarie>\n'
    document = read(
        f'<r:rapport xmlns:r="http://www.gip-mds.fr/"><declaration><declaration_bilan>{person * 6_000}'
        "</declaration_bilan></declaration></r:rapport>".encode()
    )
    assert len(document.people) == 6_000


def test_a_document_that_says_more_than_any_return_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_PIECES", 50)
    monkeypatch.setattr(reading, "MOST_PEOPLE", 80)

    def saying(anomalies: int, people: int) -> bytes:
        return (
            f'<r:rapport xmlns:r="http://www.gip-mds.fr/"><declaration>{"<declaration_anomalie/>" * anomalies}'
            f"<declaration_bilan>{'<salarie/>' * people}</declaration_bilan></declaration></r:rapport>"
        ).encode()

    document = read(saying(48, 80))  # the head and the declaration count as well
    assert (len(document.anomalies), len(document.people)) == (48, 80)
    for too_much in (saying(49, 0), saying(0, 81)):
        with pytest.raises(Unreadable, match="plus de choses"):
            read(too_much)


def test_an_element_of_thousands_of_attributes_is_refused_at_once() -> None:
    attributes = " ".join(f'a{rank}="1"' for rank in range(20_000))
    began = time.process_time()
    with pytest.raises(Unreadable, match="plus gros"):
        read(f"<Fichier><Declaration {attributes}/></Fichier>".encode())
    assert time.process_time() - began < 1


def test_a_document_about_more_employers_than_any_return_is_refused() -> None:
    def about(count: int) -> bytes:
        named = "".join(
            f"<declaration><declaration_identification><SIREN>{100_000_000 + rank}</SIREN><nic_affectation>00017"
            "</nic_affectation></declaration_identification></declaration>"
            for rank in range(count)
        )
        return f'<g:rapport xmlns:g="http://www.gip-mds.fr/">{named}</g:rapport>'.encode()

    assert len(read(about(MOST_EMPLOYERS)).sirets) == MOST_EMPLOYERS
    with pytest.raises(Unreadable, match="plus d’employeurs"):
        read(about(MOST_EMPLOYERS + 1))


def test_a_tree_has_a_smaller_cap_than_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "TREE_BYTES", 100_000)
    big = f"<Fichier IdEnvoi='x'><!--{' ' * 200_000}--></Fichier>".encode()
    with pytest.raises(Unreadable, match="plus gros"):
        read(big)
    report = f'<rapport xmlns="http://www.gip-mds.fr/"><!--{" " * 200_000}--></rapport>'.encode()
    assert read(report).family == "rapport"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "vide"),
        (b" \n", "n’est pas du XML"),
        (b"\xef\xbb\xbf", "n’est pas du XML"),
        (b"<", "n’est pas du XML"),
        (b"<rapport>", "n’est pas du XML|bien formé"),
        (b"<Fichier><Declaration></Fichier>", "bien formé"),
        (b"<Fichier>&inconnue;</Fichier>", "bien formé"),
        (b'<?xml version="1.0" encoding="UTF-8"?><Fichier a="\xe9"/>', "XML"),
        (b"<a>" * 400 + b"</a>" * 400, "bien formé"),
        (b"<!--" + b" " * (2 << 20) + b"--><rapport/>", "n’est pas du XML"),
        (b"%PDF-1.7\n\x00\x01\x02", "ni du XML ni du texte"),
        (b"PK\x03\x04\x00\x00", "ni du XML ni du texte"),
        (b"a" * (2 << 20), "ni du XML ni du texte"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(data)


def test_a_reason_says_nothing_of_the_content() -> None:
    with pytest.raises(Unreadable) as refused:
        read(b'<rapport xmlns="http://www.gip-mds.fr/"><salarie><NIR>1850575123456</MERCIER></salarie></rapport>')
    assert "1850575123456" not in str(refused.value)
    assert "MERCIER" not in str(refused.value)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_cut_document_is_read_whole_or_refused(data: st.DataObject) -> None:
    document = data.draw(st.sampled_from(XML))
    end = document.rindex(b">")
    cut = document[: data.draw(st.integers(0, end))]
    assert isinstance(outcome(cut), str)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_document_with_other_bytes_in_it_never_raises_anything_else(data: st.DataObject) -> None:
    document = bytearray(data.draw(st.sampled_from(FAMILIES)))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(document) - 1))
        document[place : place + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=12))
    outcome(bytes(document), nature=data.draw(st.sampled_from(["", "94", "x"])))


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_document_with_other_texts_in_it_is_read(data: st.DataObject) -> None:
    document = data.draw(st.sampled_from(XML))
    texts = re.findall(rb">([^<>\n]+)<|=\"([^\"<>]+)\"", document)[2:]
    old = data.draw(st.sampled_from([one or other for one, other in texts]))
    new = data.draw(st.text("0123456789-+.:TZ éÉ«_SG[]eNa", max_size=30)).encode("ascii", "xmlcharrefreplace")
    head = DECLARATION.match(document)
    assert head
    changed = document[: head.end()] + document[head.end() :].replace(old, new)
    outcome(changed)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
@pytest.mark.parametrize("document", XML, ids=lambda one: str(re.findall(rb"<([A-Za-z:]+)", one)[0], "ascii"))
def test_another_encoding_and_a_bom_change_nothing(document: bytes, encoding: str) -> None:
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    text = f'<?xml version="1.0" encoding="{name}"?>\n' + text_of(document)
    assert read(text.encode(encoding, "xmlcharrefreplace")) == read(document)


@pytest.mark.parametrize("before", [b"", b"\n \t", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
@pytest.mark.parametrize("document", XML[:3])
def test_blanks_a_bom_or_no_declaration_change_nothing(document: bytes, before: bytes) -> None:
    assert read(before + document) == read(document)
    assert read(before + text_of(document).encode()) == read(document)


@pytest.mark.parametrize("prefix", ["ns2", "gipmds", "x", ""])
def test_another_prefix_changes_nothing(prefix: str) -> None:
    for document in XML:
        text = document.decode("utf-8", "replace")
        if "<gipmds:rapport" not in text:
            continue
        mark, closing = (f"{prefix}:", f":{prefix}") if prefix else ("", "")
        changed = text.replace("gipmds:rapport", f"{mark}rapport").replace("xmlns:gipmds", f"xmlns{closing}")
        assert read(changed.encode()) == read(document)


def test_qualified_children_comments_and_stylesheets_change_nothing() -> None:
    for document in (one for one in XML if b"<gipmds:rapport" in one):
        text = re.sub(r"<(/?)([a-zA-Z_]+)([ >/])", r"<\1gipmds:\2\3", text_of(document))
        text = "<?xml-stylesheet type='text/xsl' href='http://127.0.0.1:9/x.xsl'?>" + text
        text = text.replace("</gipmds:idflux>", "<!-- l’idflux --></gipmds:idflux>")
        assert read(text.encode()) == read(document)


@given(digits=st.integers(10**12, 10**13 - 1), key=st.integers(1, 97), blanks=st.sampled_from(["", " ", "\t"]))
def test_a_nir_has_thirteen_characters_whatever_its_key(digits: int, key: int, blanks: str) -> None:
    bare = str(digits)
    assert (
        nir(bare) == nir(f"{bare}{key:02d}") == nir(blanks.join((bare[:1], bare[1:3], bare[3:], f"{key:02d}"))) == bare
    )
    corsican = f"{bare[:5]}2a{bare[7:]}"
    assert nir(corsican) == nir(f"{corsican}{key:02d}") == corsican.upper()


@given(told=st.dates(date(2013, 1, 1), date(2099, 12, 31)))
def test_a_month_and_a_day_are_read_in_every_writing(told: date) -> None:
    expected = f"{told:%Y-%m}"
    for text in (f"{told:%d%m%Y}", f"{told:%Y-%m-%d}", f"{told:%Y%m}", f"{told:%Y-%m-%d}+01:00", f"{told:%Y-%m}"):
        assert month(text) == expected
    for text in (f"{told:%d%m%Y}", f"{told:%Y-%m-%d}", f"{told:%Y-%m-%d}+01:00"):
        assert calendar_day(text) == told


@pytest.mark.parametrize(
    ("read_one", "text", "expected"),
    [
        (month, "DECEMBRE-2018", ""),
        (month, "13132023", ""),
        (month, "201513", ""),
        (day, "99991984", "1984-99-99"),
        (day, "00001984", "1984-00-00"),
        (day, "1984-99-00", "1984-99-00"),
        (day, "bientôt", "bientôt"),
        (calendar_day, "99991984", None),
        (rubrique, "S21_G00_50_006", "S21.G00.50.006"),
        (rubrique, "s21.g00.30.001", "S21.G00.30.001"),
        (rubrique, "S21.G00.20", "S21.G00.20"),
        (rubrique, "CODE_1", "CODE_1"),
        (number, "14.00", Decimal("14.00")),
        (number, "+166,09", Decimal("166.09")),
        (number, "NaN", None),
        (number, "Infinity", None),
        (number, "1e9", None),
        (number, "", None),
    ],
)
def test_irregular_writings(read_one: Any, text: str, expected: object) -> None:
    assert read_one(text) == expected


def test_a_rate_nobody_can_read_is_not_taken_for_an_absent_one() -> None:
    people = "".join(
        f"<salarie><NIR>185057512345{rank}</NIR>{rate}</salarie>"
        for rank, rate in enumerate(
            [
                "<taux_imposition_PAS>0.00</taux_imposition_PAS>",
                "<taux_imposition_PAS>douze</taux_imposition_PAS>",
                "<taux_imposition_PAS/>",
                "",
                "<future_imposition_PAS><date_effet>2026-12-01</date_effet></future_imposition_PAS>",
            ]
        )
    )
    document = read(
        f'<r:rapport xmlns:r="http://www.gip-mds.fr/" type="CRM nominatif"><declaration><declaration_bilan>{people}'
        "</declaration_bilan></declaration></r:rapport>".encode()
    )
    assert [(one.rate, one.has_rate) for one in document.people] == [
        (Decimal("0.00"), True),
        (None, True),
        (None, False),
        (None, False),
        (None, False),
    ]
    assert (document.people[-1].future_rate, document.people[-1].future_from) == (None, date(2026, 12, 1))


def test_a_repr_says_neither_who_nor_what() -> None:
    for data in FAMILIES:
        document = read(data)
        for secret in ("1850575", "MERCIER", "NOËL", "2900675", "DUVAL"):
            assert secret not in repr(document)
            assert secret not in repr(list(stream(BytesIO(data))))
