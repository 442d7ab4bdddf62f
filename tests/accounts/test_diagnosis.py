"""What shows in identifiers of the portal before they are sent, and what a refusal was probably about."""

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from string import ascii_letters

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarabee.accounts.portal.diagnosis import Evidence, Kept, Remark, probable, remarks
from scarabee.accounts.portal.entry import Entry
from scarabee.netentreprises import errors
from scarabee.netentreprises.credentials import Regime

GOOD = Entry("73282932000074", "D'HERVAULT", "Noémie", "Corail.2026-Dune")
LA_POSTE = "35600000009075"
REFUSED = errors.RefusedCredentials.code
NOVEMBER = datetime(2026, 11, 3, 8, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 1, 8, tzinfo=UTC)
LUCIE = Kept("Lucie", GOOD.siret, GOOD.nom, GOOD.prenom, GOOD.motdepasse, NOVEMBER)


def found(**changes: str | bool) -> list[Remark]:
    return remarks(replace(GOOD, **changes))  # type: ignore[arg-type]


def codes(entry: Entry, evidence: Evidence | None = None, cause: str = REFUSED) -> list[str]:
    return [one.code for one in probable(entry, cause, evidence)]


class TestRemarks:
    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"siret": LA_POSTE},
            {"nom": "DE LA TOUR-D'AUVERGNE", "prenom": "Anne-Sophie"},
            {"nom": "ŁĘCKI", "prenom": "Žofie"},
            {"nom": "SAINT-ÉXUPÉRY", "prenom": "Maëlys"},
            {"motdepasse": "é€£ 12 « pas trop »".replace("« ", "(").replace(" »", ")")},
            {"motdepasse": "x" * 30},
            {"nom": "N" * 64, "prenom": "P" * 39},
        ],
    )
    def test_nothing_is_said_of_a_usual_entry(self, changes: dict[str, str]) -> None:
        assert found(**changes) == []

    @pytest.mark.parametrize(
        ("changes", "field", "level", "code", "words"),
        [
            ({"siret": ""}, "siret", "error", "vide", "manque"),
            ({"siret": "  "}, "siret", "error", "vide", "manque"),
            ({"nom": ""}, "nom", "error", "vide", "Le nom manque"),
            ({"prenom": "\u00a0 "}, "prenom", "error", "vide", "ne contient que des blancs"),
            ({"motdepasse": ""}, "motdepasse", "error", "vide", "Le mot de passe manque"),
            ({"nom": "N" * 65}, "nom", "error", "trop_long", "65 caractères : le portail en accepte 64"),
            ({"prenom": "P" * 40}, "prenom", "error", "trop_long", "39 au plus"),
            ({"motdepasse": "x" * 31}, "motdepasse", "error", "trop_long", "31 caractères : le portail en accepte 30"),
            ({"siret": "7328293200007"}, "siret", "error", "longueur", "13 chiffres : il en faut 14"),
            ({"siret": "732829320000745"}, "siret", "error", "longueur", "15 chiffres"),
            ({"siret": "732829320"}, "siret", "error", "longueur", "C’est un SIREN"),
            ({"siret": "73282932000075"}, "siret", "warning", "cle_siret", "un des 5 derniers est sans doute faux"),
            (
                {"siret": "73282923000074"},
                "siret",
                "warning",
                "cle_siret",
                "9 premiers chiffres (le SIREN) est sans doute",
            ),
            ({"siret": "732 829 320 00074"}, "siret", "error", "espace", "à la 4e place"),
            ({"siret": " 73282932000074"}, "siret", "error", "espace", "à la 1re place"),
            ({"siret": "73282932000074\u200b"}, "siret", "error", "espace", "ne se voient pas"),
            ({"siret": "732.829.320-00074"}, "siret", "error", "espace", "à la 4e place"),
            ({"siret": "7328293200O074"}, "siret", "error", "lettre", "Le 11e caractère du SIRET est « O »"),
            ({"siret": "7328293200007l"}, "siret", "error", "lettre", "ressemble au chiffre 1 (un)"),
            (
                {"siret": "７3282932000074"},
                "siret",
                "error",
                "lettre",
                "Le 1er caractère du SIRET est un 7 pleine chasse",
            ),
            ({"siret": "7328293200007x"}, "siret", "error", "lettre", "« x », pas un chiffre"),
            ({"nom": " D'HERVAULT"}, "nom", "warning", "espace_debut", "commence par une espace : effacez"),
            ({"nom": "D'HERVAULT  "}, "nom", "warning", "espace_fin", "finit par 2 espaces"),
            ({"prenom": "Noémie\n"}, "prenom", "warning", "espace_fin", "finit par une fin de ligne"),
            ({"prenom": "\ufeffNoémie"}, "prenom", "warning", "espace_debut", "commence par un caractère invisible"),
            (
                {"motdepasse": "Corail.2026-Dune "},
                "motdepasse",
                "warning",
                "espace_fin",
                "mot de passe finit par une espace",
            ),
            (
                {"motdepasse": "\t\u00a0Dune"},
                "motdepasse",
                "warning",
                "espace_debut",
                "2 caractères qui ne se voient pas",
            ),
            ({"nom": "DE  LA TOUR"}, "nom", "warning", "espace_double", "à partir du 3e caractère du nom"),
            (
                {"nom": "DE\u00a0LA"},
                "nom",
                "warning",
                "espace_insecable",
                "Le 3e caractère du nom est une espace insécable",
            ),
            (
                {"nom": "DU\u200bPONT"},
                "nom",
                "warning",
                "invisible",
                "Le 3e caractère du nom est un caractère invisible",
            ),
            ({"nom": "DU\tPONT"}, "nom", "warning", "tabulation", "Le 3e caractère du nom est une tabulation"),
            (
                {"nom": "DU\x00PONT"},
                "nom",
                "error",
                "caractere_de_controle",
                "3e caractère du nom est un caractère de contrôle",
            ),
            (
                {"motdepasse": "ab\ud800cd"},
                "motdepasse",
                "error",
                "caractere_de_controle",
                "Le 3e caractère du mot de passe",
            ),
            (
                {"nom": "DUpоNT".replace("p", "P")},
                "nom",
                "warning",
                "sosie",
                "Le 4e caractère du nom est un o cyrillique, qui ressemble au o",
            ),
            (
                {"nom": "HΕRVAULT"},
                "nom",
                "warning",
                "sosie",
                "Le 2e caractère du nom est un E grec, qui ressemble au E",
            ),
            (
                {"prenom": "Ｎoémie"},
                "prenom",
                "warning",
                "pleine_chasse",
                "Le 1er caractère du prénom est un N pleine chasse",
            ),
            ({"nom": "D’HERVAULT"}, "nom", "warning", "apostrophe", "Le 2e caractère du nom est « ’ », une apostrophe"),
            ({"prenom": "Anne–Lise"}, "prenom", "warning", "tiret", "Le 5e caractère du prénom est « – »"),
            ({"nom": "OﬃCIER"}, "nom", "warning", "ligature", "ressemble aux lettres ffi"),
            ({"nom": "ŒUVRARD"}, "nom", "warning", "ligature", "la ligature « Œ », qui ressemble aux lettres OE"),
            (
                {"prenom": unicodedata.normalize("NFD", "Noémie")},
                "prenom",
                "warning",
                "accent_separe",
                "Le 4e caractère du prénom est un accent séparé de sa lettre",
            ),
            ({"prenom": "NoÃ©mie"}, "prenom", "warning", "accent_abime", "Le 3e caractère du prénom semble"),
            ({"prenom": "No�mie"}, "prenom", "warning", "caractere_perdu", "Le 3e caractère du prénom"),
            ({"nom": "DUP0NT"}, "nom", "warning", "chiffre", "le chiffre 0, qui ressemble à la lettre O"),
            ({"nom": "dupont@exemple.fr"}, "nom", "warning", "symbole", "le symbole « @ »"),
            (
                {"nom": "ДУПОНТ"},
                "nom",
                "warning",
                "autre_alphabet",
                "Le 1er caractère du nom est la lettre « Д », cyrillique",
            ),
            ({"nom": "東京"}, "nom", "warning", "autre_alphabet", "d’un autre alphabet"),
            ({"nom": "Mme D'HERVAULT"}, "nom", "warning", "civilite", "commence par « Mme »"),
            ({"nom": "D'HERVAULT Noémie"}, "nom", "warning", "prenom_dans_le_nom", "contient aussi le prénom"),
            ({"prenom": "Noémie D'Hervault"}, "prenom", "warning", "nom_dans_le_prenom", "contient aussi le nom"),
            (
                {"motdepasse": "Cоrail"},
                "motdepasse",
                "warning",
                "sosie",
                "Le 2e caractère du mot de passe est une lettre cyrillique, qui ressemble à une lettre latine",
            ),
            (
                {"motdepasse": "Dune’"},
                "motdepasse",
                "warning",
                "apostrophe",
                "Le 5e caractère du mot de passe est une apostrophe",
            ),
            ({"general": False}, "regime", "error", "sans_regime", "Aucun régime"),
        ],
    )
    def test_each_oddity_is_named_in_its_place(
        self, changes: dict[str, str | bool], field: str, level: str, code: str, words: str
    ) -> None:
        matching = [one for one in found(**changes) if one.code == code]
        assert matching, found(**changes)
        remark = matching[0]
        assert (remark.field, remark.level) == (field, level)
        assert words in remark.text

    def test_several_of_the_same_kind_are_one_remark(self) -> None:
        (remark,) = found(nom="А-А-А-А")
        assert remark.positions == (1, 3, 5, 7)
        assert "Le 1er caractère du nom (comme le 3e et 2 autres) est un A cyrillique" in remark.text

    def test_fields_come_in_the_order_of_the_form(self) -> None:
        entry = Entry("1", " a", "b ", " c ", general=False)
        assert [one.field for one in remarks(entry)] == ["siret", "nom", "prenom", "motdepasse", "motdepasse", "regime"]

    def test_a_mess_is_not_a_flood(self) -> None:
        mess = "".join(chr(code) for code in range(0x2000, 0x2100))
        assert len(remarks(Entry(mess, mess, mess, mess))) < 40


class TestProbable:
    @pytest.mark.parametrize(
        ("changes", "first"),
        [
            ({"motdepasse": " Corail.2026-Dune"}, "espace_debut"),
            ({"motdepasse": "Corail.2026-Dune "}, "espace_fin"),
            ({"motdepasse": "Corail.2026-Dune\n"}, "espace_fin"),
            ({"nom": "D'HERVAULT "}, "espace_fin"),
            ({"prenom": " Noémie"}, "espace_debut"),
            ({"motdepasse": "cORAIL.2026-dUNE"}, "verr_maj"),
            ({"motdepasse": "CORAIL.2026-DUNE"}, "verr_maj"),
            ({"motdepasse": "cORAIL"}, "verr_maj"),
            ({"motdepasse": "Cоrail.2026-Dune"}, "sosie"),
            ({"nom": "D'HЕRVAULT"}, "sosie"),
            ({"siret": "73282932000075"}, "cle_siret"),
            ({"nom": "Noémie", "prenom": "D'HERVAULT"}, "nom_et_prenom_inverses"),
            ({"nom": "D’HERVAULT"}, "apostrophe"),
            ({"nom": "d'hervault"}, "majuscules"),
            ({"nom": "D'Hervault"}, "majuscules"),
            ({"prenom": "noémie"}, "majuscules"),
            ({"motdepasse": "corail.2026-dune"}, "sans_majuscule"),
            ({"motdepasse": "Corâil.2026"}, "accent_mot_de_passe"),
            ({"general": False, "agricole": True}, "service_agricole"),
            ({}, "a_comparer"),
        ],
    )
    def test_the_likeliest_comes_first(self, changes: dict[str, str | bool], first: str) -> None:
        entry = replace(GOOD, **changes)  # type: ignore[arg-type]
        assert codes(entry)[0] == first
        for held in ("deja_refuse", "trop_de_refus", "identite_gelee", errors.MalformedCredentials.code):
            assert codes(entry, cause=held)[0] == first

    def test_the_siret_of_a_client_is_named(self) -> None:
        entry = replace(GOOD, siret=LA_POSTE)
        evidence = Evidence(is_client_siret=lambda siret: siret == LA_POSTE)
        first = probable(entry, REFUSED, evidence)[0]
        assert first.code == "siret_d_un_client"
        assert "celui du bureau" in first.text
        assert codes(GOOD, evidence) == ["a_comparer", "service_dsn"]

    def test_a_bureau_that_is_its_own_client_is_left_in_peace(self) -> None:
        evidence = Evidence(is_client_siret=lambda siret: True, kept=[replace(LUCIE, nom="AUTRE")])
        assert "siret_d_un_client" not in codes(GOOD, evidence)

    def test_a_space_outweighs_a_pattern_which_outweighs_a_slip(self) -> None:
        entry = Entry(LA_POSTE, "noémie", "D'HERVAULT", "cORAIL.2026 ")
        evidence = Evidence(is_client_siret=lambda siret: True)
        assert codes(entry, evidence) == ["espace_fin", "verr_maj", "siret_d_un_client", "nom_et_prenom_inverses"]

    @pytest.mark.parametrize(
        ("accepted", "code", "words"),
        [(Regime.GENERAL, "service_agricole", "(MSA)"), (Regime.AGRICOLE, "service_general", "régime général")],
    )
    def test_what_was_just_accepted_elsewhere_leaves_the_service_alone(
        self, accepted: Regime, code: str, words: str
    ) -> None:
        entry = replace(GOOD, agricole=True, motdepasse="CORAIL ")
        (only,) = probable(entry, REFUSED, Evidence(accepted=frozenset({accepted})))
        assert only.code == code
        assert words in only.text
        assert codes(entry, Evidence(accepted=frozenset({accepted})), errors.NotEnrolled.code) == [code]

    def test_another_case_of_a_proved_password_is_sure(self) -> None:
        evidence = Evidence(kept=[LUCIE])
        assert codes(replace(GOOD, motdepasse="corail.2026-Dune"), evidence)[0] == "majuscules_mot_de_passe"
        assert codes(replace(GOOD, motdepasse="cORAIL.2026-dUNE"), evidence) == ["verr_maj"]

    def test_a_newer_password_proved_by_another_is_told_without_a_letter_of_it(self) -> None:
        entry = replace(GOOD, motdepasse="Ancien.2025-Sable")
        first = probable(entry, REFUSED, Evidence(kept=[LUCIE]))[0]
        assert first.code == "mot_de_passe_plus_recent"
        assert "les identifiants de « Lucie » (acceptés par le portail le 3/11/2026)" in first.text
        for cause in (errors.ExpiredPassword.code, errors.LockedAccount.code):
            assert codes(entry, Evidence(kept=[LUCIE]), cause) == ["mot_de_passe_plus_recent"]

    @pytest.mark.parametrize(
        ("kept", "saved_at", "said"),
        [
            (LUCIE, None, True),
            (LUCIE, OCTOBER, True),
            (replace(LUCIE, motdepasse=""), OCTOBER, True),
            (replace(LUCIE, proved_at=OCTOBER), NOVEMBER, False),
            (replace(LUCIE, proved_at=None), None, False),
            (replace(LUCIE, motdepasse="Ancien.2025-Sable"), None, False),
            (replace(LUCIE, siret=LA_POSTE), None, False),
            (replace(LUCIE, nom="AUTRE"), None, False),
        ],
    )
    def test_an_older_or_equal_password_or_one_of_another_account_is_no_clue(
        self, kept: Kept, saved_at: datetime | None, said: bool
    ) -> None:
        entry = replace(GOOD, motdepasse="Ancien.2025-Sable")
        assert ("mot_de_passe_plus_recent" in codes(entry, Evidence(kept=[kept], saved_at=saved_at))) is said

    @pytest.mark.parametrize(
        ("nom", "prenom"), [("D'HERVAULT", "Noemie"), ("D HERVAULT", "Noémie"), ("D'Hervault", "Noémie")]
    )
    def test_a_proved_spelling_of_the_same_person_is_shown(self, nom: str, prenom: str) -> None:
        first = probable(replace(GOOD, nom=nom, prenom=prenom), REFUSED, Evidence(kept=[LUCIE]))[0]
        assert first.code == "ecriture_differente"
        assert ("« D'HERVAULT »" if nom != GOOD.nom else "« Noémie »") in first.text

    def test_what_only_a_blank_tells_apart_is_said_as_a_blank(self) -> None:
        entry = replace(GOOD, nom="D'HERVAULT ", motdepasse="Corail.2026-Dune ")
        assert set(codes(entry, Evidence(kept=[LUCIE]))) == {"espace_fin"}

    def test_what_was_accepted_before_as_it_stands_is_not_searched_for_slips(self) -> None:
        odd = Entry(GOOD.siret, "d’hervault", "NOÉMIE", " cORAIL")
        kept = Kept("", odd.siret, odd.nom, odd.prenom, odd.motdepasse, OCTOBER)
        (only,) = probable(odd, REFUSED, Evidence(kept=[kept], is_client_siret=bool))
        assert only.code == "change_sur_le_portail"
        assert "acceptées le 1/10/2026" in only.text
        newer = replace(kept, username="Lucie", motdepasse="Autre.2026", proved_at=NOVEMBER)
        assert codes(odd, Evidence(kept=[kept, newer]))[0] == "mot_de_passe_plus_recent"
        assert "change_sur_le_portail" not in codes(odd, Evidence(kept=[replace(kept, proved_at=None)]))

    def test_two_names_that_another_has_the_other_way_round(self) -> None:
        entry = replace(GOOD, nom="MARTIN", prenom="CAMILLE")
        kept = Kept("", GOOD.siret, "Camille", "MARTIN")
        assert codes(entry, Evidence(kept=[kept]))[0] == "nom_et_prenom_inverses"
        first = probable(entry, REFUSED, Evidence(kept=[replace(kept, proved_at=NOVEMBER)]))[0]
        assert "vos identifiants enregistrés (acceptés par le portail" in first.text

    def test_the_same_person_under_another_proved_siret(self) -> None:
        assert codes(replace(GOOD, siret=LA_POSTE), Evidence(kept=[LUCIE]))[0] == "siret_different"

    @pytest.mark.parametrize(
        "cause", ["", "reseau", errors.Maintenance.code, errors.Unreachable.code, errors.CertificateNotTrusted.code]
    )
    def test_a_cause_that_speaks_for_itself_gets_no_guess(self, cause: str) -> None:
        assert codes(replace(GOOD, motdepasse=" x "), Evidence(kept=[LUCIE]), cause) == []


TRICKY = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(" \t\n\u00a0\u200b\ufeff’–“«ﬁœаеоАΕΟ０１ⅷ²\u0301\ud800\x00O0lI|€é"),
    ),
    max_size=45,
)
ENTRIES = st.builds(Entry, TRICKY, TRICKY, TRICKY, TRICKY, st.booleans(), st.booleans())
PLACED = re.compile(r"(\d+)(?:er|e|re) (?:caractère|place)")


@given(ENTRIES)
@settings(max_examples=400, deadline=None)
def test_whatever_is_typed_every_remark_is_a_sentence_about_a_character_that_is_there(entry: Entry) -> None:
    for remark in remarks(entry):
        assert remark.text.endswith(".")
        assert remark.level in {"error", "warning"}
        if remark.field == "regime":
            continue
        value = getattr(entry, remark.field)
        assert all(1 <= position <= len(value) for position in remark.positions)
        if remark.positions and (place := PLACED.search(remark.text)):
            assert int(place[1]) == remark.positions[0]
        if remark.code not in {"espace_double", "accent_abime", "lettre"}:
            assert not any(value[position - 1] in ascii_letters for position in remark.positions)


@given(TRICKY.filter(bool), st.integers(0, 45), st.sampled_from("\u200bе’–\u00a0０\u0301"))
@settings(deadline=None)
def test_an_odd_character_is_found_where_it_was_put(text: str, where: int, odd: str) -> None:
    plain = "".join(character if character.isascii() and character.isalpha() else "x" for character in text)
    where = min(where, len(plain) - 1)
    value = f"A{plain[:where]}{odd}{plain[where:]}Z"
    for field in ("nom", "motdepasse"):
        entry = replace(GOOD, **{field: value})
        matching = [one for one in remarks(entry) if one.field == field and one.positions == (where + 2,)]
        assert matching
        assert f"{where + 2}e caractère" in matching[0].text


SECRET_ALPHABET = "ZQXJKW#%&0379àñßЖж’а "


@given(
    st.text(alphabet=SECRET_ALPHABET, min_size=3, max_size=40),
    st.sampled_from([REFUSED, errors.ExpiredPassword.code, "deja_refuse"]),
    st.text(alphabet=SECRET_ALPHABET, min_size=3, max_size=30),
)
@settings(max_examples=300, deadline=None)
def test_no_text_holds_three_characters_of_a_password_in_a_row(secret: str, cause: str, other: str) -> None:
    entry = replace(GOOD, motdepasse=secret)
    evidence = Evidence(kept=[replace(LUCIE, motdepasse=other), replace(LUCIE, motdepasse=secret.swapcase())])
    said = " ".join([one.text for one in remarks(entry)] + [one.text for one in probable(entry, cause, evidence)])
    for password in (secret, other):
        pieces = {password[index : index + 3] for index in range(len(password) - 2)}
        assert not [piece for piece in pieces if len(piece.strip()) == 3 and piece in said]  # « à » is a word of ours
    assert repr(entry) == repr(replace(entry, motdepasse=""))
    assert repr(LUCIE) == repr(replace(LUCIE, motdepasse=secret))


@given(
    ENTRIES, st.sampled_from([REFUSED, errors.NotEnrolled.code, errors.LockedAccount.code, "inconnue"]), TRICKY, TRICKY
)
@settings(deadline=None)
def test_reasons_are_few_and_said_once_whatever_is_kept(entry: Entry, cause: str, one: str, two: str) -> None:
    kept = [
        Kept("A", entry.siret, entry.prenom, entry.nom, one, NOVEMBER),
        Kept("", entry.siret, entry.nom, one, two, None),
        Kept("B", one, entry.nom, entry.prenom, entry.motdepasse, OCTOBER),
    ]
    found = probable(entry, cause, Evidence(is_client_siret=bool, kept=kept))
    assert len(found) <= 5
    assert len({reason.text for reason in found}) == len(found)
    assert all(reason.text.endswith(".") for reason in found)
    assert bool(found) or cause != REFUSED
