"""A large CRM nominatif is read one person at a time."""

from decimal import Decimal
from io import BytesIO

import pytest
from tests.netentreprises.documents.corpora import every_family

from scarabee.netentreprises import markup
from scarabee.netentreprises.documents import DeclarationOf, Head, Person, Piece, Unreadable, read, stream

MANY = 5_000


def nominative(people: int) -> bytes:
    """A CRM nominatif of this many employees, the one of rank n with a rate of n hundredths."""
    lines = "\n".join(
        f"<salarie><NIR>1{rank:012d}</NIR><matricule>M{rank}</matricule>"
        f"<taux_imposition_PAS>{rank / 100:.2f}</taux_imposition_PAS></salarie>"
        for rank in range(people)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<r:rapport xmlns:r="http://www.gip-mds.fr/" type="CRM nominatif" version="v02r01" identifiant="261105000000000007">
<envoi><envoi_identification><idflux>Ab0cD1eF2gH3iJ4kL5mN6oP</idflux></envoi_identification>
<envoi_bilan><envoi_etat>OK</envoi_etat></envoi_bilan></envoi>
<declaration><declaration_identification><rang>1</rang><SIREN>841257967</SIREN><nic_affectation>00015</nic_affectation>
</declaration_identification><declaration_bilan><etat>OK</etat>{lines}</declaration_bilan></declaration>
</r:rapport>""".encode()


def test_the_head_comes_first_and_each_person_with_the_establishment() -> None:
    pieces = stream(BytesIO(nominative(MANY)))
    head = next(pieces)
    assert isinstance(head, Head)
    assert (head.nature, head.crm_identifier, head.idflux) == ("94", "261105000000000007", "Ab0cD1eF2gH3iJ4kL5mN6oP")
    *people, declaration = pieces
    assert isinstance(declaration, DeclarationOf)
    assert [one.rate for one in people if isinstance(one, Person)] == [Decimal(n) / 100 for n in range(MANY)]
    assert {one.siret for one in people if isinstance(one, Person)} == {"84125796700015"}


def test_people_who_were_read_leave_the_tree() -> None:
    last = None
    for last in markup.walk(BytesIO(nominative(MANY)), ("salarie",)):
        markup.forget(last)
    assert last is not None
    parent = last.getparent()
    assert parent is not None
    assert len(parent) == 2


def test_a_stream_gives_what_reading_gives() -> None:
    for data in every_family():
        document = read(data)
        head, *pieces = stream(BytesIO(data))
        assert isinstance(head, Head)
        assert head.family == document.family
        assert tuple(one for one in pieces if isinstance(one, Person)) == document.people
        assert len(pieces) == sum(
            len(group)
            for group in (
                document.declarations,
                document.people,
                document.anomalies,
                document.identities,
                document.parameters,
                document.payments,
            )
        )


def test_a_cut_stream_says_so_after_what_it_gave() -> None:
    data = nominative(MANY)
    pieces = stream(BytesIO(data[: len(data) // 2]))
    found: list[Piece] = []
    with pytest.raises(Unreadable, match="coupé"):
        found.extend(iter(pieces))
    assert isinstance(found[0], Head)
    assert len(found) > MANY // 4


def test_a_declaration_that_names_no_establishment_gives_its_people_to_none() -> None:
    bare = (
        b"<declaration><declaration_bilan><salarie><NIR>1850575123456</NIR></salarie></declaration_bilan></declaration>"
    )
    people = read(nominative(1).replace(b"</r:rapport>", bare + b"</r:rapport>")).people
    assert [one.siret for one in people] == ["84125796700015", ""]
