"""Which employers a month awaits: those that declared of late, followed through a change of SIRET."""

from collections.abc import Callable

import pytest
from tests.dossiers.small_files import ASSOCIATION, OTHER_ASSOCIATION
from tests.filings.comparing.scenes import ALAIN, LAST, MONTH, NEXT, add, dossier_of, month
from tests.transfers import scenes

from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services.dossiers import archive_dossier
from scarabee.dossiers.services.succession import mark_successor
from scarabee.filings.selectors.months import awaited, declared
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db
NEW_SIRET = ASSOCIATION[:9] + "00023"


def missing(of_month: str = MONTH, actor: Actor = scenes.OWNER) -> set[str]:
    """The SIRETs that a month awaits and of which no réel declaration is here."""
    employers = declared(actor, of_month)
    wanted = awaited(employers, of_month)
    return {one.siret for one in employers if one.pk in wanted and not one.imported}


@pytest.fixture
def dossier() -> Dossier:
    """Two employers declared last month."""
    return dossier_of(month(ALAIN, month=LAST), month(ALAIN, month=LAST, siret=OTHER_ASSOCIATION))


def test_an_employer_without_declaration_is_missing(dossier: Dossier) -> None:
    add(dossier, month(ALAIN))
    assert missing() == {OTHER_ASSOCIATION}


def test_an_essai_is_not_the_declaration(dossier: Dossier) -> None:
    add(dossier, month(ALAIN))
    add(dossier, month(ALAIN, siret=OTHER_ASSOCIATION), real=False)
    assert missing() == {OTHER_ASSOCIATION}


def test_whoever_only_ever_sent_essais_is_not_awaited() -> None:
    dossier_of(month(ALAIN, month=LAST), real=False)
    assert missing() == set()


def test_an_employer_stays_missing_for_some_months(dossier: Dossier) -> None:
    add(dossier, month(ALAIN), month(ALAIN, month=NEXT))
    assert missing(NEXT) == {OTHER_ASSOCIATION}
    assert missing("2026-08") == set()


def test_an_employer_that_another_dossier_declares_is_awaited_there_only(dossier: Dossier) -> None:
    dossier_of(month(ALAIN, month=LAST), name="Copie")
    assert {one.dossier_id for one in declared(scenes.OWNER, MONTH)} == {dossier.pk}
    assert missing() == {ASSOCIATION, OTHER_ASSOCIATION}


def test_a_change_of_siret_is_awaited_under_the_new_one(dossier: Dossier) -> None:
    add(dossier, month(siret=NEW_SIRET, month=NEXT))
    new, old = (Employer.objects.get(siret=siret) for siret in (NEW_SIRET, ASSOCIATION))
    mark_successor(actor=scenes.OWNER, employer=new, predecessor=old, month=MONTH)
    assert missing() == {NEW_SIRET, OTHER_ASSOCIATION}
    assert missing(NEXT) == {OTHER_ASSOCIATION}
    assert missing(LAST) == set()


def test_nothing_is_told_of_a_dossier_one_may_not_see_or_that_is_archived(
    dossier: Dossier, user_with: Callable[..., Actor]
) -> None:
    assert missing(actor=user_with("Zoé", {})) == set()
    archive_dossier(actor=scenes.OWNER, dossier=scenes.fresh(dossier))
    assert missing() == set()
