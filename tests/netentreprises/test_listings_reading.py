"""Reading what the portal lists, in XML 1.0 and in JSON 2.0 with every irregularity of api-dsn §6.4."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from scarabee.netentreprises.answers import Answer
from scarabee.netentreprises.listings import (
    Declarant,
    DepositListing,
    ListedDeposit,
    ListedFlux,
    ListedReturn,
    ReturnListing,
    deposits_in,
    leaves_in,
    returns_in,
)
from scarabee.netentreprises.trees import Unreadable

AT = datetime(2026, 11, 5, 8, 15, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
IDFLUX = "Ab0cD1eF2gH3iJ4kL5mN6oP"
DOTTED = "Zb0cD1eF2gH3iJ4kL5mN6o."
RETURNS_XML = f"""<retours><flux><id>{IDFLUX}</id>
  <retour><publication>20261105091600</publication><production>20261105091555</production>
    <nature>11</nature><statut>OK</statut><id>0123456789</id></retour>
  <retour><publication>20261105101600</publication><production>20261105101000</production><ops>XXXXXX</ops>
    <delegataire>YYYYYY</delegataire><nature>51</nature><statut>ANO</statut><id>0123456790</id></retour>
</flux></retours>""".encode()
CONFORMITY: dict[str, Any] = {
    "publication": "20261105091600",
    "production": "20261105091555",
    "nature": "11",
    "statut": "OK",
    "id": "0123456789",
}
COMPLEMENTARY: dict[str, Any] = {
    "publication": "20261105101600",
    "production": "20261105101000",
    "ops": "XXXXXX",
    "delegataire": "YYYYYY",
    "nature": "51",
    "statut": "ANO",
    "id": "0123456790",
}
EXPECTED = (
    ListedFlux(
        IDFLUX,
        (
            ListedReturn(
                "11",
                "OK",
                datetime(2026, 11, 5, 9, 16, tzinfo=PARIS),
                "20261105091600",
                datetime(2026, 11, 5, 9, 15, 55, tzinfo=PARIS),
                "20261105091555",
                id="0123456789",
            ),
            ListedReturn(
                "51",
                "ANO",
                datetime(2026, 11, 5, 10, 16, tzinfo=PARIS),
                "20261105101600",
                datetime(2026, 11, 5, 10, 10, tzinfo=PARIS),
                "20261105101000",
                id="0123456790",
                ops="XXXXXX",
                delegataire="YYYYYY",
            ),
        ),
    ),
)
WHOSE = {"siret": "46766553500010", "nom": "MARTIN", "prenom": "Alice"}
DEPOSIT = {"idflux": IDFLUX, "date": "20261105091500", "statut": "OK"}
LISTED = ListedDeposit(
    IDFLUX,
    datetime(2026, 11, 5, 9, 15, tzinfo=PARIS),
    "20261105091500",
    "OK",
    Declarant("46766553500010", "MARTIN", "Alice"),
)


def answered(content: bytes, **headers: str) -> Answer:
    return Answer(
        200, AT, tuple((name.replace("_", "-").encode(), one.encode()) for name, one in headers.items()), content
    )


def returns(value: object) -> tuple[ListedFlux, ...]:
    return returns_in(answered(value if isinstance(value, bytes) else json.dumps(value).encode())).flux


def deposits(value: object) -> tuple[ListedDeposit, ...]:
    return deposits_in(answered(value if isinstance(value, bytes) else json.dumps(value).encode())).deposits


def test_the_returns_of_the_kit_are_read_from_xml() -> None:
    assert returns(RETURNS_XML) == EXPECTED


@pytest.mark.parametrize(
    "value",
    [
        {"retours": {"flux": [{"id": IDFLUX, "retour": [CONFORMITY, COMPLEMENTARY]}]}},
        {"flux": [{"id": IDFLUX, "Retour": [CONFORMITY, COMPLEMENTARY]}]},
        {"Retours": {"Flux": {"Id": IDFLUX, "RETOUR": [CONFORMITY, COMPLEMENTARY]}}},
        [{"flux": {"id": IDFLUX, "retour": [[CONFORMITY], COMPLEMENTARY]}}],
        {"retours": [{"flux": [{"id": IDFLUX, "retour": [CONFORMITY, COMPLEMENTARY]}]}, {"flux": None}]},
        {"retours": {"flux": [{"id": IDFLUX, "retour": [{**CONFORMITY, "ops": None, "url": ""}, COMPLEMENTARY]}]}},
        {"retours": {"flux": [None, {"id": [IDFLUX], "retour": [CONFORMITY, None, COMPLEMENTARY]}]}},
    ],
    ids=["DPAE", "kit", "capitals", "list of all", "list of roots", "nulls", "nulls in lists"],
)
def test_every_shape_of_json_reads_as_the_xml(value: object) -> None:
    assert returns(value) == EXPECTED


def test_numbers_count_as_texts_digit_by_digit() -> None:
    row = {**CONFORMITY, "nature": 11, "publication": 20261105091600, "production": 20261105091555}
    (flux,) = returns({"flux": {"id": IDFLUX, "retour": row}})
    assert flux.returns == EXPECTED[0].returns[:1]


def test_a_number_keeps_its_writing_however_long() -> None:
    content = b'{"flux": {"id": 1.50, "long": %s, "retour": {"nature": 11, "ops": -0}}}' % (b"9" * 5000)
    (flux,) = returns(content)
    assert (flux.idflux, flux.extra, flux.returns[0].ops) == ("1.50", {"long": "9" * 5000}, "-0")


@pytest.mark.parametrize(
    "value",
    [
        b"<retours/>",
        b'<?xml version="1.0"?><retours>\n</retours>',
        b"<retours><flux/></retours>",
        b"null",
        {},
        [],
        {"retours": None},
        {"retours": {}},
        {"retours": ""},
        {"retours": []},
        {"retours": {"flux": []}},
        {"retours": {"flux": None}},
        {"RETOURS": {"inattendu": 1}},
        {"flux": None, "inattendu": 1},
    ],
)
def test_nothing_found_is_an_empty_listing(value: object) -> None:
    assert returns(value) == ()


def test_a_known_deposit_without_a_return_is_listed_without_any() -> None:
    assert returns({"retours": {"flux": {"id": DOTTED}}}) == (ListedFlux(DOTTED, ()),)
    assert returns(f"<retours><flux><id>{DOTTED}</id></flux></retours>".encode()) == (ListedFlux(DOTTED, ()),)


@pytest.mark.parametrize(
    "value",
    [
        {"depots": {"declarant": {**WHOSE, "depot": [DEPOSIT]}}},
        {"declarant": {**WHOSE, "depot": [DEPOSIT]}},
        {"Depots": {"Declarant": [{**WHOSE, "DEPOT": DEPOSIT}]}},
        {"depots": {"declarant": {**WHOSE, "depot": {**DEPOSIT, "date": 20261105091500}}}},
        f"""<depots><declarant><siret>{WHOSE["siret"]}</siret><nom>MARTIN</nom><prenom>Alice</prenom>
            <depot><idflux>{IDFLUX}</idflux><date>20261105091500</date><statut>OK</statut></depot>
            </declarant></depots>""".encode(),
        f"""<?xml version="1.0" encoding="UTF-8"?><n:depots xmlns:n="http://www.gip-mds.fr/"><n:declarant>
            <siret>{WHOSE["siret"]}</siret><nom>MARTIN</nom><prenom>Alice</prenom>
            <!-- x --><depot><idflux> {IDFLUX} </idflux><date>20261105091500</date><statut>OK</statut></depot>
            </n:declarant></n:depots>""".encode(),
    ],
)
def test_every_shape_of_deposits_reads_alike(value: object) -> None:
    assert deposits(value) == (LISTED,)


def test_deposits_of_several_declarants_keep_whose_they_are() -> None:
    other = {"siret": "79034512800017", "nom": "DUPONT", "prenom": "Zoé"}
    found = deposits(
        {"depots": {"declarant": [{**WHOSE, "depot": DEPOSIT}, {**other, "depot": {**DEPOSIT, "idflux": "x"}}]}}
    )
    assert [(one.idflux, one.declarant and one.declarant.nom) for one in found] == [(IDFLUX, "MARTIN"), ("x", "DUPONT")]


def test_a_declarant_without_a_deposit_has_none() -> None:
    assert deposits({"depots": {"declarant": WHOSE}}) == ()
    assert deposits({"depots": {"declarant": {**WHOSE, "depot": None}}}) == ()


LEAVES_XML = b"""<retours><declarant><siret>11111111100011</siret>
  <declare><siret>22222222200022</siret><statut>OK</statut>
    <bpij><publication>20261104</publication><url>https://telechargement.dsnrg.net-entreprises.fr/telecharger-bpij/1.0/7</url></bpij>
    <bpij><publication>hier</publication><url>https://telechargement.dsnrg.net-entreprises.fr/telecharger-bpij/1.0/8</url></bpij>
  </declare>
  <declare><siret>33333333300033</siret><statut>OK</statut><message>Aucun.</message></declare>
  <declare><siret>44444444400044</siret><statut>KO</statut><message>Lien non valid\xc3\xa9.</message></declare>
</declarant><pageencours>1</pageencours><pagetotal>3</pagetotal></retours>"""


def test_bordereaux_are_listed_by_establishment_those_without_any_left_out() -> None:
    listing = leaves_in(answered(LEAVES_XML))
    assert [(one.siret, one.url[-1]) for one in listing.leaves] == [("22222222200022", "7"), ("22222222200022", "8")]
    assert [one.publication for one in listing.leaves] == [datetime(2026, 11, 4, tzinfo=PARIS), None]
    assert listing.pages == 3


@pytest.mark.parametrize("content", [b"<depots/>", b"<retours><declarant>x</declarant></retours>", b"{}x", b"<html/>"])
def test_what_is_no_listing_of_bordereaux_is_unreadable_or_empty(content: bytes) -> None:
    with suppress(Unreadable):
        assert leaves_in(answered(content)).leaves == ()


def test_unknown_keys_are_kept() -> None:
    row = {**CONFORMITY, "Delai": 3, "detail": {"a": [1, None, True]}}
    (flux,) = returns({"retours": {"flux": {"id": IDFLUX, "version": "7", "retour": row}}})
    assert flux.extra == {"version": "7"}
    assert flux.returns[0].extra == {"Delai": "3", "detail": {"a": ["1", None, "true"]}}


def test_the_names_of_before_june_2022_are_read() -> None:
    row = {"date_publi": "20261105091600", "date_prod": "20261105091555", "nature": "11", "statut": "OK"}
    (flux,) = returns({"flux": {"id": IDFLUX, "retour": row}})
    assert flux.returns[0].publication == datetime(2026, 11, 5, 9, 16, tzinfo=PARIS)
    assert flux.returns[0].production_text == "20261105091555"
    assert not flux.returns[0].extra


def test_a_return_of_an_unknown_nature_without_a_document_is_listed() -> None:
    (flux,) = returns({"retours": {"flux": {"id": IDFLUX, "retour": {"nature": "987", "statut": "EN COURS"}}}})
    (one,) = flux.returns
    assert (one.nature, one.statut, one.id, one.url, one.publication) == ("987", "EN COURS", "", "", None)


@pytest.mark.parametrize("text", ["2026", "20261305091600", "20261105251600", "hier", "2026110509160", "2026-11-05"])
def test_a_date_that_is_none_is_kept_as_it_stands(text: str) -> None:
    (flux,) = returns({"flux": {"id": IDFLUX, "retour": {**CONFORMITY, "publication": text}}})
    assert (flux.returns[0].publication, flux.returns[0].publication_text) == (None, text)


def test_what_no_database_takes_is_left_out_of_texts() -> None:
    content = b'{"flux": {"id": "a\\u0000b\\ud800c", "retour": {"statut": "OK\\u0000", "nature": "11"}}}'
    (flux,) = returns(content)
    assert flux.idflux == "ab?c"
    assert flux.returns[0].statut == "OK"


def test_latin_1_is_read_when_it_is_not_utf_8() -> None:
    declared = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    document = "<depots><declarant><nom>NOËL</nom><depot><idflux>x</idflux></depot></declarant></depots>"
    json_document = '{"declarant": {"nom": "NOËL", "depot": {"idflux": "x"}}}'
    for content in (
        document.encode(),
        document.encode("latin-1"),
        (declared + document).encode("latin-1"),
        b"\xef\xbb\xbf" + document.encode(),
        json_document.encode(),
        json_document.encode("latin-1"),
        b"\xef\xbb\xbf" + json_document.encode(),
    ):
        (found,) = deposits(content)
        assert found.declarant is not None and found.declarant.nom == "NOËL"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   ",
        b"OK",
        b"{",
        b"{}{}",
        b'{"flux": [',
        b"12",
        b'"flux"',
        b'{"erreur": "indisponible"}',
        b'{"erreur": null}',
        b'[{"flux": []}, {"erreur": 1}]',
        b'{"flux": "Ab0cD1eF2gH3iJ4kL5mN6oP"}',
        b'{"flux": {"id": {"valeur": "x"}}}',
        b'{"flux": {"id": "x", "retour": ["11"]}}',
        b'{"flux": {"id": "x", "retour": {"nature": {"code": "11"}}}}',
        b"<retours>",
        b"<retours><flux></retours>",
        b"<retours>&inconnue;</retours>",
        b"<erreur>indisponible</erreur>",
        b"<depots/>",
        b"<retours>texte</retours>",
        b"\x00\x01\x02",
        b"[" * 100_000,
        b'{"a":' * 70 + b"1" + b"}" * 70,
        b"<a>" * 200 + b"</a>" * 200,
        b"<a>" * 3000 + b"</a>" * 3000,
        b"9" * 5000,
        b'{"flux": null, "autre": ' + b"[" * 70 + b"]" * 70 + b"}",
        b'{"flux": null, "autre": ' + b'{"a":' * 500 + b"1" + b"}" * 501,
        b"<retours><autre>" + b"<a>" * 70 + b"x" + b"</a>" * 70 + b"</autre></retours>",
    ],
)
def test_what_is_no_listing_is_never_taken_for_an_empty_one(content: bytes) -> None:
    with pytest.raises(Unreadable):
        returns(content)


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE retours><retours/>",
        b'<!DOCTYPE retours SYSTEM "file:///etc/passwd"><retours/>',
        b'<!DOCTYPE retours [<!ENTITY x SYSTEM "file:///etc/hostname">]><retours><flux><id>&x;</id></flux></retours>',
        b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><retours x="&b;"/>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE retours><retours/>'.encode("utf-16"),
    ],
)
def test_a_doctype_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        returns(content)


def test_a_bomb_of_entities_is_refused_before_it_grows() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20}">' for n in range(1, 12))
    content = f'<!DOCTYPE r [<!ENTITY e0 "x">{entities}]><retours><flux><id>&e11;</id></flux></retours>'
    with pytest.raises(Unreadable):
        returns(content.encode())


def test_the_end_of_validity_and_the_allowed_range_are_told() -> None:
    headers = {
        "Date": "Thu, 05 Nov 2026 08:15:00 GMT",
        "Expires": "Thu, 05 Nov 2026 08:17:00 GMT",
        "Accept_Ranges": "minutes=0-60",
    }
    expected = AT + timedelta(minutes=2)
    assert returns_in(answered(b"<retours/>", **headers)) == ReturnListing(
        (), expected, 60, expected - timedelta(minutes=2)
    )
    assert deposits_in(answered(b"<depots/>", **headers)) == DepositListing((), expected, 60, AT)
    assert returns_in(answered(b"<retours/>")) == ReturnListing((), None, None)


# --- all the variants of one content read alike -------------------------------------------------------------

TEXTS = st.text(st.characters(codec="ascii", categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=12)
MOMENTS = st.datetimes(datetime(2016, 1, 1), datetime(2036, 1, 1)).map(lambda one: f"{one:%Y%m%d%H%M%S}")  # noqa: DTZ001
ROWS = st.fixed_dictionaries(
    {"publication": MOMENTS, "production": MOMENTS, "nature": st.integers(1, 999).map(str), "statut": TEXTS},
    optional={"id": TEXTS, "url": TEXTS, "ops": TEXTS, "delegataire": TEXTS},
)
FLUX = st.fixed_dictionaries({"id": TEXTS, "retour": st.lists(ROWS, max_size=3)})
CONTENTS = st.lists(FLUX, max_size=3)
NUMBERS = {"publication", "production", "nature"}


class Variant:
    """One way of writing JSON that some source shows, chosen place by place."""

    def __init__(self, draw: st.DataObject) -> None:
        self._draw = draw

    def yes(self) -> bool:
        return self._draw.draw(st.booleans())

    def cased(self, name: str) -> str:
        return self._draw.draw(st.sampled_from([name, name.capitalize(), name.upper()]))

    def of(self, value: Any, name: str = "") -> Any:
        if isinstance(value, list):
            return self._of_list(value, name)
        if isinstance(value, dict):
            found = {self.cased(key): self.of(one, key) for key, one in value.items() if one != [] or self.yes()}
            return {**found, "inattendu": [1, None]} if self.yes() and found else found
        if name in NUMBERS and self.yes():
            return int(value)
        return [value] if self.yes() else value

    def _of_list(self, value: list[Any], name: str) -> Any:
        if not value:
            return self._draw.draw(st.sampled_from([[], None, "", [None]]))
        return self.of(value[0], name) if len(value) == 1 and self.yes() else [self.of(one, name) for one in value]


def as_xml(flux: list[dict[str, Any]]) -> bytes:
    root = etree.Element("retours")
    for one in flux:
        element = etree.SubElement(root, "flux")
        etree.SubElement(element, "id").text = one["id"]
        for row in one["retour"]:
            child = etree.SubElement(element, "retour")
            for name, text in row.items():
                etree.SubElement(child, name).text = text
    return bytes(etree.tostring(root))


def without_extra(found: tuple[ListedFlux, ...]) -> list[tuple[str, list[tuple[object, ...]]]]:
    return [
        (
            one.idflux,
            [
                (row.nature, row.statut, row.publication, row.production, row.id, row.url, row.ops, row.delegataire)
                for row in one.returns
            ],
        )
        for one in found
    ]


@settings(deadline=None)
@given(CONTENTS, st.data())
def test_every_variant_of_one_content_reads_as_its_xml(flux: list[dict[str, Any]], data: st.DataObject) -> None:
    variant = Variant(data)
    value = variant.of({"flux": flux})
    if variant.yes():
        value = {variant.cased("retours"): value}
    assert without_extra(returns(value)) == without_extra(returns(as_xml(flux)))


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_anything_at_all_is_read_or_refused(content: bytes) -> None:
    for reader in (returns, deposits):
        with suppress(Unreadable):
            reader(content)
