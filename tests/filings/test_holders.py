"""Whose identifiers a filing goes with, and what is said when nobody's will do."""

import pytest
from django.db import connection
from tests.filings.factories import RIGHT, holder

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalIdentity, User
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.services.users import ADMINISTRATOR_NAME
from scarabee.dossiers.models import Dossier
from scarabee.filings.models import DossierFiling
from scarabee.filings.services.holders import Coverage, Holders, regime_of
from scarabee.netentreprises.credentials import Regime

GENERAL_ONLY = Entry(RIGHT.siret, "MARTIN", "Alice", "Corail.2026-Dune")
MSA_ONLY = Entry(RIGHT.siret, "BERGER", "Paul", "Corail.2026-Dune", general=False, agricole=True)


def cover(dossier: Dossier, filer: User | None = None, depot: str = "01") -> Coverage:
    return Holders().cover(filer_id=filer.pk if filer else None, dossier_id=dossier.pk, depot=depot)


def choose(dossier: Dossier, user: User) -> None:
    DossierFiling.objects.update_or_create(dossier=dossier, defaults={"holder": user})


def test_who_files_comes_first_then_who_was_chosen_then_administrateur(
    dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "vendor", "sqlite")
    administrator, chosen, filer = (holder(name) for name in (ADMINISTRATOR_NAME, "Zoé", "Luc"))
    assert cover(dossier).held.user == administrator  # type: ignore[union-attr]
    choose(dossier, chosen)
    found = cover(dossier)
    assert found.held is not None and (found.held.user, found.why) == (chosen, "le compte choisi pour ce dossier")
    found = cover(dossier, filer)
    assert found.held is not None and (found.held.user, found.is_ready) == (filer, True)


def test_on_several_posts_administrateur_is_no_default(dossier: Dossier, monkeypatch: pytest.MonkeyPatch) -> None:
    holder(ADMINISTRATOR_NAME), holder("Zoé")
    monkeypatch.setattr(connection, "vendor", "postgresql")
    assert cover(dossier).held is None


def test_the_only_account_is_nobodys_choice(dossier: Dossier, monkeypatch: pytest.MonkeyPatch) -> None:
    only = holder("Zoé")
    monkeypatch.setattr(connection, "vendor", "postgresql")
    found = cover(dossier)
    assert found.held is not None and (found.held.user, found.why) == (only, "le seul compte")


@pytest.mark.parametrize(("depot", "regime"), [("01", Regime.GENERAL), ("02", Regime.AGRICOLE), ("", Regime.GENERAL)])
def test_a_point_of_deposit_has_its_regime(depot: str, regime: Regime) -> None:
    assert regime_of(depot) == regime


def test_identifiers_of_the_other_regime_will_not_do(dossier: Dossier) -> None:
    general, msa = holder("Zoé", GENERAL_ONLY), holder("Luc", MSA_ONLY)
    choose(dossier, msa)
    assert cover(dossier, general, "01").held.user == general  # type: ignore[union-attr]
    assert cover(dossier, general, "02").held.user == msa  # type: ignore[union-attr]
    User.objects.filter(pk=msa.pk).update(is_active=False)
    nobody = cover(dossier, general, "02")
    assert (nobody.held, nobody.is_ready) == (None, False)
    assert "régime agricole (MSA)" in nobody.problem


def test_an_account_that_was_closed_lends_nothing(dossier: Dossier) -> None:
    filer, administrator = holder("Zoé"), holder(ADMINISTRATOR_NAME)
    User.objects.filter(pk=filer.pk).update(is_active=False)
    assert cover(dossier, filer).held.user == administrator  # type: ignore[union-attr]


def test_refused_identifiers_are_passed_over_or_named_when_there_are_no_others(
    dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    filer = holder("Zoé", GENERAL_ONLY)
    PortalIdentity.objects.update(state=IdentityState.FROZEN)
    alone = cover(dossier, filer)
    assert alone.held is not None and not alone.is_ready
    assert "« Zoé »" in alone.problem and RIGHT.motdepasse not in alone.problem
    administrator = holder(ADMINISTRATOR_NAME)
    monkeypatch.setattr(connection, "vendor", "sqlite")
    assert cover(dossier, filer).held.user == administrator  # type: ignore[union-attr]


def test_a_whole_table_is_covered_with_few_queries(dossier: Dossier, django_assert_max_num_queries: object) -> None:
    users = [holder(name) for name in ("Zoé", "Luc", ADMINISTRATOR_NAME)]
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        holders = Holders()
        for user in users * 50:
            assert holders.cover(filer_id=user.pk, dossier_id=dossier.pk, depot="01").is_ready
