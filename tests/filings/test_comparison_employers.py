"""Employers whose declaration of a month is missing."""

from collections.abc import Callable

import pytest
from tests.dossiers.small_files import ASSOCIATION, OTHER_ASSOCIATION
from tests.filings.comparison_scenes import ALAIN, LAST, MONTH, NEXT, add, dossier_of, month
from tests.transfers import scenes

from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services.succession import mark_successor
from scarabee.filings.comparison_employers import MissingEmployer, missing_employers
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db
NEW_SIRET = ASSOCIATION[:9] + "00023"


def _missing(dossier: Dossier, awaited: str = MONTH) -> list[MissingEmployer]:
    return missing_employers(dossier=dossier, month=awaited, actor=scenes.OWNER)


@pytest.fixture
def dossier() -> Dossier:
    """Two employers declared last month."""
    return dossier_of(month(ALAIN, month=LAST), month(ALAIN, month=LAST, siret=OTHER_ASSOCIATION))


def test_an_employer_without_declaration_is_missing(dossier: Dossier) -> None:
    Employer.objects.filter(siret=OTHER_ASSOCIATION).update(name="Chorale")
    add(dossier, month(ALAIN))
    assert _missing(dossier) == [MissingEmployer(OTHER_ASSOCIATION, "Chorale", LAST, tested=False)]


def test_an_essai_is_not_the_declaration(dossier: Dossier) -> None:
    add(dossier, month(ALAIN))
    add(dossier, month(ALAIN, siret=OTHER_ASSOCIATION), real=False)
    assert _missing(dossier) == [MissingEmployer(OTHER_ASSOCIATION, "", LAST, tested=True)]


def test_whoever_only_ever_sent_essais_is_not_awaited() -> None:
    dossier = dossier_of(month(ALAIN, month=LAST), real=False)
    assert _missing(dossier) == []


def test_an_employer_stays_missing_for_some_months(dossier: Dossier) -> None:
    add(dossier, month(ALAIN), month(ALAIN, month=NEXT))
    assert [one.last_month for one in _missing(dossier, NEXT)] == [LAST]
    assert _missing(dossier, "2026-08") == []


def test_an_employer_that_another_dossier_declares_is_not_awaited(dossier: Dossier) -> None:
    copy = dossier_of(month(ALAIN, month=LAST), name="Copie")
    assert _missing(copy) == []
    assert len(_missing(dossier)) == 2


def test_a_change_of_siret_is_awaited_under_the_new_one(dossier: Dossier) -> None:
    add(dossier, month(siret=NEW_SIRET, month=NEXT))
    new, old = (Employer.objects.get(siret=siret) for siret in (NEW_SIRET, ASSOCIATION))
    mark_successor(actor=scenes.OWNER, employer=new, predecessor=old, month=MONTH)
    assert {one.siret for one in _missing(dossier)} == {NEW_SIRET, OTHER_ASSOCIATION}
    assert {one.siret for one in _missing(dossier, NEXT)} == {OTHER_ASSOCIATION}
    assert {one.siret for one in _missing(dossier, LAST)} == set()


def test_nothing_is_told_of_a_dossier_one_may_not_see(dossier: Dossier, user_with: Callable[..., Actor]) -> None:
    stranger = user_with("Zoé", {})
    assert missing_employers(dossier=dossier, month=MONTH, actor=stranger) == []
