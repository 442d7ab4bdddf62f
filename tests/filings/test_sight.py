from collections.abc import Callable

import pytest
from tests.dossiers.small_files import OTHER_ASSOCIATION, small_file
from tests.filings.deposits import MARCH, bare_filing, filing_of
from tests.transfers import scenes

from scarabee.dossiers.models import Declaration, Dossier
from scarabee.dossiers.services.declaring import hand_over
from scarabee.dossiers.services.dossiers import archive_dossier, delete_dossier
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services.sight import get_filing, places, visible_filings, writable
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db

UserWith = Callable[..., Actor]


@pytest.fixture
def a(db: None) -> Dossier:
    return scenes.dossier_of("A", [MARCH])


@pytest.fixture
def filing(a: Dossier) -> Filing:
    """Deposited from A."""
    declaration = Declaration.objects.select_related("employer", "dossier").get(dossier=a)
    return filing_of(declaration, FilingState.CONFORM)


def test_filings_are_read_from_every_dossier_that_holds_the_siret(
    owner: Actor, a: Dossier, filing: Filing, user_with: UserWith
) -> None:
    b = scenes.dossier_of("B", [MARCH])
    c = scenes.dossier_of("C", [small_file(siret=OTHER_ASSOCIATION)])
    zoe, leo = user_with("Zoé", {b: "gestionnaire"}), user_with("Léo", {c: "gestionnaire"})
    both = user_with("Ali", {a: "lecture", b: "lecture"})
    hand_over(actor=owner, siret=filing.siret, dossier=b)
    for actor, sees in ((owner, True), (zoe, True), (leo, False), (both, True), (user_with("Nina", {}), False)):
        assert list(visible_filings(actor)) == ([filing] if sees else []), actor.name
    with pytest.raises(NotVisible):
        get_filing(leo, filing.pk)
    assert places(zoe, [filing]) == {filing.pk: "un dossier que vous ne voyez pas"}
    assert places(both, [filing]) == places(owner, [filing]) == {filing.pk: "A"}


def test_a_dossier_that_only_holds_the_siret_shows_nothing_of_what_another_deposited(
    filing: Filing, user_with: UserWith
) -> None:
    d = scenes.dossier_of("D", [small_file(siret=filing.siret, month="2024-01")])
    b = scenes.dossier_of("B", [MARCH])
    assert not visible_filings(user_with("Eve", {d: "gestionnaire"})).exists()
    zoe = user_with("Zoé", {b: "lecture"})
    assert list(visible_filings(zoe)) == [filing]  # B holds the very declaration
    Declaration.objects.filter(dossier=b).update(held=0)
    assert not visible_filings(zoe).exists()  # but not everybody in it


def test_only_who_may_change_its_dossier_may_change_a_filing(
    owner: Actor, a: Dossier, filing: Filing, user_with: UserWith
) -> None:
    b = scenes.dossier_of("B", [MARCH])
    writable(owner, filing)
    writable(user_with("Ali", {a: "gestionnaire"}), filing)
    with pytest.raises(NotAllowed, match="rôle Gestionnaire"):
        writable(user_with("Léo", {a: "lecture", b: "gestionnaire"}), filing)
    with pytest.raises(NotAllowed, match="un dossier que vous ne voyez pas") as refused:
        writable(user_with("Zoé", {b: "gestionnaire"}), filing)
    assert "« A »" not in str(refused.value)
    with pytest.raises(NotVisible):
        writable(user_with("Nina", {}), filing)
    archive_dossier(actor=owner, dossier=a)
    with pytest.raises(Refusal, match="archivé"):
        writable(owner, filing)


def test_a_filing_outlives_its_dossier_for_those_who_may_read_it(owner: Actor, user_with: UserWith) -> None:
    gone = scenes.dossier_of("Ancien")
    filing = bare_filing(gone, FilingState.CONFORM)
    delete_dossier(actor=owner, dossier=gone)
    filing.refresh_from_db()
    reader = user_with("Zoé", {scenes.dossier_of("B", [MARCH]): "lecture"})
    assert list(visible_filings(owner)) == list(visible_filings(reader)) == [filing]
    assert places(owner, [filing]) == {filing.pk: "Ancien"}
    assert places(reader, [filing]) == {filing.pk: "un dossier supprimé"}
    with pytest.raises(Refusal, match="n’existe plus"):
        writable(owner, filing)


def test_the_visible_filings_are_one_query_and_never_twice(
    a: Dossier, filing: Filing, user_with: UserWith, django_assert_num_queries: Callable[..., object]
) -> None:
    dossiers = [scenes.dossier_of(name, [MARCH]) for name in ("B", "C")]
    reader = user_with("Zoé", dict.fromkeys([a, *dossiers], "lecture"))
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert len(visible_filings(reader)) == 1
