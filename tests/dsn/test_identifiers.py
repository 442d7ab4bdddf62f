"""Identifiers that hold together pass, those that cannot exist are told in French."""

import timeit

import pytest

from scarabee.dsn.identifiers import (
    matching_nir,
    nir_key,
    nir_problem,
    ntt_problem,
    siren_is_valid,
    siret_is_valid,
)


@pytest.mark.parametrize(
    ("siret", "valid"),
    [
        ("73282932000074", True),
        ("73282932000075", False),
        ("35600000000048", True),  # La Poste, siège
        ("35600000049837", True),  # La Poste: sum of the digits is a multiple of 5
        ("35600000049838", False),
        ("732829320 00074", False),
        ("7328293200007", False),
        ("", False),
    ],
)
def test_siret_follows_luhn_or_the_rule_of_la_poste(siret: str, valid: bool) -> None:
    assert siret_is_valid(siret) is valid


def test_siren_follows_luhn() -> None:
    assert siren_is_valid("732829320")
    assert not siren_is_valid("732829321")
    assert not siren_is_valid("٧٣٢٨٢٩٣٢٠")


@pytest.mark.parametrize(
    ("nir", "written_out"),
    [("2550814168025", 2550814168025), ("180032A123456", 1800319123456), ("180032B123456", 1800318123456)],
)
def test_the_key_reads_2a_as_19_and_2b_as_18(nir: str, written_out: int) -> None:
    assert nir_key(nir) == f"{97 - written_out % 97:02d}"
    assert nir_problem(nir) is None
    assert nir_problem(nir + nir_key(nir)) is None
    wrong = f"{int(nir_key(nir)) % 97 + 1:02d}"
    assert "clé" in (nir_problem(nir + wrong) or "")


def test_the_key_of_a_published_example() -> None:
    assert nir_key("2550814168025") == "38"


def test_a_key_of_what_is_no_nir_is_refused() -> None:
    with pytest.raises(ValueError, match="13 digits"):
        nir_key("DUPONT")


@pytest.mark.parametrize(
    ("nir", "said"),
    [
        ("255081416802", "12 caractères"),
        ("25508141680253", "14 caractères"),
        ("", "0 caractères"),
        ("7550814168025", "7 ou 8"),
        ("3550814168025", "commencer par 1 ou 2"),
        ("2551314168025", "mois"),
        ("2552114168025", "mois"),
        ("2550800168025", "département"),
        ("255082C168025", "caractère"),
        ("255082a168025", "caractère"),
        ("2550814000025", "000"),
        ("2550814168000", "000"),
        ("1999999999999", "plus de cinq 9"),
        ("2999999999999", "plus de cinq 9"),
        ("1550814999999", "plus de cinq 9"),
        ("199999999999947", "plus de cinq 9"),
        ("2550814168025AB", "clé"),
        ("2550814168025\n", "14 caractères"),
    ],
)
def test_an_impossible_nir_is_explained(nir: str, said: str) -> None:
    problem = nir_problem(nir)
    assert problem is not None
    assert said in problem
    assert not nir or nir not in problem


@pytest.mark.parametrize("month", ["01", "12", "20", "30", "42", "50", "99"])
def test_every_month_of_the_norm_is_accepted(month: str) -> None:
    assert nir_problem(f"255{month}14168025") is None


def test_five_trailing_nines_are_accepted() -> None:
    assert nir_problem("2550814899999") is None


def test_matching_forgets_the_key_and_the_writing() -> None:
    assert matching_nir("2 55 08 14 168 025 38") == matching_nir("2550814168025") == "2550814168025"
    assert matching_nir("180032a12345612") == "180032A123456"
    assert matching_nir("DUPONT") == "DUPONT"


def test_ntt_holds_the_sex_the_siren_and_an_identifier() -> None:
    assert ntt_problem("1732829320M0042", "732829320") is None
    assert ntt_problem("1732829320M0042", "") is None
    assert "autre SIREN" in (ntt_problem("1732829320M0042", "356000000") or "")
    assert "10 caractères" in (ntt_problem("1732829320", "732829320") or "")
    assert "41 caractères" in (ntt_problem("1732829320" + "A" * 31, "732829320") or "")
    assert "sans espace" in (ntt_problem("1732829320 M42", "732829320") or "")
    assert "1 ou 2" in (ntt_problem("3732829320M0042", "732829320") or "")


def test_a_good_nir_takes_under_two_microseconds() -> None:
    assert min(timeit.repeat(lambda: nir_problem("2550814168025"), number=10_000, repeat=5)) < 0.02
