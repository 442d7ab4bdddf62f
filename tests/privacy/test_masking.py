"""A document of the portal without one person: whatever its family, and nothing of the others touched."""

import pytest

from scarabee.privacy.masking import Sought, text_without, without

NIR, OTHER = "2880275119472", "1850575123456"
SOUGHT = Sought(frozenset({NIR, "2880275119NTT"}), frozenset({("martin", "zoe")}), frozenset({("MARTIN", "Zoé")}))
NAMELESS = Sought(frozenset(), frozenset({("martin", "zoe")}), frozenset({("MARTIN", "Zoé")}))


def person(nir: str, family: str = "MARTIN", given: str = "Zoé") -> str:
    names = f"<nom_famille>{family}</nom_famille><prenoms>{given}</prenoms>"
    return f"<salarie><NIR>{nir}</NIR>{names}<taux>3</taux></salarie>"


def document(*people: str, encoding: str = "utf-8") -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?><rapport><liste>{"".join(people)}</liste></rapport>'.encode(
        encoding
    )


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
@pytest.mark.parametrize("written", [NIR, f"{NIR}42", "2880275119NTT"])
def test_everything_beside_a_number_is_emptied_and_a_homonym_stays(encoding: str, written: str) -> None:
    masked = without(document(person(written), person(OTHER), encoding=encoding), SOUGHT)
    told = masked.decode(encoding if encoding != "utf-16" else "utf-16")
    assert written not in told and NIR not in told
    assert told.count("MARTIN") == told.count("Zoé") == told.count("<taux>3</taux>") == 1 and OTHER in told


def test_names_alone_are_found_where_no_other_number_stands_beside_them() -> None:
    alone = "<salarie><nom_famille>Martin</nom_famille><prenoms>ZOE</prenoms><matricule>M1</matricule></salarie>"
    masked = without(document(alone, person(OTHER), person(OTHER, "DURAND")), NAMELESS).decode()
    assert "Martin" not in masked and "M1" not in masked
    assert masked.count(OTHER) == 2 and "DURAND" in masked and masked.count("MARTIN") == 1


def test_groups_of_rubriques_and_attributes_are_emptied_as_well() -> None:
    neores = f"<B5><B6><R1>{NIR}</R1><R2>MARTIN</R2></B6><B7><R9>Zoé</R9><R8>12.00</R8></B7></B5>"
    masked = without(document(neores, neores.replace(NIR, OTHER).replace("Zoé", "Luc")), SOUGHT).decode()
    assert NIR not in masked and "Zoé" not in masked and masked.count("MARTIN") == 1 and masked.count("12.00") == 2
    told = f'<Contexte Valeur="{NIR}"/><Contexte Valeur="{OTHER}"/><Autre Texte="NIR {NIR} inconnu"/>'
    masked = without(document(told), SOUGHT).decode()
    assert f'Valeur="{OTHER}"' in masked and f'Valeur="{NIR}"' not in masked


def test_what_is_no_xml_loses_numbers_and_the_names_around_them() -> None:
    far = "x" * 3000
    for start in ("", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>"):
        text = f"{start}Salarié MARTIN Zoé, NIR {NIR}42 ; {far} MARTIN Luc"
        masked = without(text.encode("latin-1"), SOUGHT).decode("latin-1")
        assert NIR not in masked and "42" not in masked and "Zoé" not in masked and masked.endswith("MARTIN Luc")
        assert len(masked) == len(text)


def test_a_document_about_others_comes_back_as_the_very_bytes() -> None:
    data = document(person(OTHER, "DURAND", "Luc"))
    assert without(data, SOUGHT) is data


def test_a_sentence_loses_names_only_where_both_stand() -> None:
    assert "MARTIN" not in text_without("Zoé MARTIN n’est plus déclarée.", SOUGHT)
    assert text_without("Club Martin, à Valence", SOUGHT) == "Club Martin, à Valence"
    assert NIR not in text_without(f"NIR {NIR}", SOUGHT)
